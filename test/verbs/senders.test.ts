import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { type Read, startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const pairs = 12;

onEveryEngine('requests of the same new people at the same time', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'rate-limit': '1000000' });
    tenant = await world.tenant();
    await tenant.put('request_types', { title: 'Help', standing: 'active' });
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const ask = (sender: Record<string, string>): Promise<Read> =>
    tenant.api('POST', '/api/v0/requests', {
      title: 'Help',
      body: 'Help!',
      source: 'email',
      type_id: '1',
      ...sender,
    });
  const count = async (table: string, where: Record<string, string>): Promise<number> =>
    (await world.server.world.store.list(tenant.deployment.id, { table, columns: ['id'], where, limit: 100 }))
      .length;
  const checkAll = (replies: readonly Read[]): void =>
    assert.deepEqual(
      replies.filter(({ http }) => http !== 200).map(({ text }) => text),
      [],
    );

  test('take the company that another one has just made', async () => {
    for (let i = 0; i < pairs; i++) {
      const name = `Company ${i}`;
      const both = ['amy', 'zoidberg', 'kif'].map((who) =>
        ask({ affiliation_email: `${who}${i}@example.com`, affiliation_company_name: name }),
      );
      checkAll(await Promise.all(both));
      assert.equal(await count('companies', { name }), 1);
    }
  });

  test('take the company that is created by itself meanwhile', async () => {
    for (let i = 0; i < pairs; i++) {
      const name = `Venture ${i}`;
      const [asked, made] = await Promise.all([
        ask({ affiliation_email: `nixon${i}@example.com`, affiliation_company_name: name }),
        tenant.api('POST', '/api/v0/companies', { name }),
      ]);
      checkAll([asked]);
      assert.ok(made.http === 200 || made.cause === 'name.taken', made.text);
      assert.equal(await count('companies', { name }), 1);
    }
  });

  test('are of one person, who is made once', async () => {
    const company = {
      affiliation_company_id: String(await tenant.put('companies', { name: 'Orphanarium' })),
    };
    for (let i = 0; i < pairs; i++) {
      const email = `leela${i}@example.com`;
      checkAll(await Promise.all([1, 2, 3].map(() => ask({ ...company, affiliation_email: email }))));
      assert.equal(await count('affiliations', { email }), 1, email);
      assert.equal(await count('contacts', { firstname: `Leela${i}` }), 1, email);
    }
  });
});
