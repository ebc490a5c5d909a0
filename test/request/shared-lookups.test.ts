import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

onEveryEngine('what requests that arrive together look up together', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  before(async () => {
    world = await startWorld(engine, { 'lockout-attempts': '1000000' });
    tenant = await world.tenant();
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const ask = async (secret: string, scope = 'read(all)') => {
    const reply = await tenant.send({
      method: 'POST',
      path: '/oauth2/v0/token',
      headers: {
        Authorization: `Basic ${Buffer.from(`${tenant.service.application.clientId}:${secret}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
    });
    const { refusal } = world.trailOf(String(reply.headers['x-request-id']));
    return { ...reply, cause: refusal?.because };
  };

  test('each request is judged by what it says itself', async () => {
    const { secret } = tenant.service;
    for (let i = 0; i < 5; i++) {
      const answers = await Promise.all([
        ask(secret),
        ask('wrong'),
        ask(secret, 'read(nonsense)'),
        ask(secret, 'read('),
        ask(secret, 'write(all)'),
      ]);
      assert.deepEqual(
        answers.map(({ cause }) => cause),
        [undefined, 'secret.wrong', 'scope.unknown', 'scope.malformed', undefined],
      );
      const tokens = answers.map(({ text }) => JSON.parse(text).access_token);
      assert.notEqual(tokens[0], tokens[4]);
      assert.match(answers[2]?.text ?? '', /nonsense/);
    }
  });

  test('what was changed is seen by the next request, however many are under way', async () => {
    const { secret } = tenant.service;
    const { store } = world.server.world;
    const id = tenant.deployment.id;
    let over = false;
    const load = Array.from({ length: 12 }, async () => {
      while (!over) await ask(secret);
    });
    const changed = (table: string, where: Record<string, number>, values: Record<string, number | string>) =>
      store.within((writing) => writing.update(id, table, where, values));
    const application = { id: tenant.service.application.id };
    try {
      for (let i = 0; i < 15; i++) {
        await changed('applications', application, { disabled: 1 });
        for (const { http } of await Promise.all([ask(secret), ask(secret)])) assert.equal(http, 401);
        await changed('applications', application, { disabled: 0 });
        await changed('staff', { id: tenant.admin }, { standing: 'inactive' });
        assert.equal((await ask(secret)).cause, 'user.invalid');
        await changed('staff', { id: tenant.admin }, { standing: 'active' });
        assert.equal((await ask(secret)).http, 200);
      }
    } finally {
      over = true;
      await Promise.all(load);
    }
  });
});
