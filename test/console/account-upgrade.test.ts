import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import pg from 'pg';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { basic, bearer, form } from '../harness/forms.ts';
import { codeFor, exchange, refresh, tokensFor } from '../harness/grants.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld, type Tenant } from '../harness/world.ts';
import { Browser, csrfIn } from './account-pages.ts';

async function run({ databaseUrl, data }: Database, statements: readonly string[]): Promise<void> {
  if (databaseUrl === undefined) {
    using file = new DatabaseSync(join(data, 'accord.db'));
    for (const statement of statements) file.exec(statement);
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const forgotten = [
  'delete from migrations where number = 3',
  "update migrations set title = 'before' where number = 0",
];
const columns = ['application_id', 'staff_id', 'scope', 'date_created', 'date_revoked'];

onEveryEngine('applications that were allowed before there was an account', (engine) => {
  after(closeConnections);

  for (const [name, before] of [
    [
      'had a row for each family',
      [
        'drop index token_families_staff_id',
        ...columns.map((each) => `alter table token_families drop column ${each}`),
      ],
    ],
    ['had none', ['drop table token_families']],
  ] as const)
    test(`are listed and taken back, where the version before ${name}`, async () => {
      const database = await engine.create();
      const kept = { ...engine, create: async () => ({ ...database, release: async () => {} }) };
      const old = await startWorld(kept);
      let tenant: Tenant;
      let token: string;
      try {
        tenant = await old.tenant();
        const { refresh_token } = await tokensFor(tenant, { scope: 'read(companies)' });
        old.now += 100;
        token = JSON.parse((await tenant.send(refresh(tenant, refresh_token))).text).access_token;
        const code = await codeFor(tenant, { application: tenant.installed });
        const other = await tenant.send(exchange(tenant, code, {}, tenant.installed));
        const { refresh_token: revoked } = JSON.parse(other.text);
        const revocation = form({ token: revoked }, basic(tenant.installed));
        await tenant.send({ method: 'POST', path: '/oauth2/v0/revoke', ...revocation });
      } finally {
        await old.close();
      }
      await run(database, [...before, ...forgotten]);
      const world = await startWorld(kept);
      try {
        world.now = old.now;
        const moved = { ...tenant, world };
        const browser = new Browser(moved);
        const page = await browser.signIn();
        assert.equal([...page.text.matchAll(/name="application"/g)].length, 1, 'none that was revoked');
        assert.match(
          page.text,
          /web client.*read Company.*Allowed<\/dt><dd><time datetime="2027-01-15T08:00:00/s,
        );
        const application = String(tenant.web.application.id);
        await browser.post('/account/applications', { csrf: csrfIn(page), application });
        const reply = await send(world.server.port, tenant.host, {
          path: '/api/v0/companies',
          headers: bearer(token),
        });
        assert.equal(world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because, 'token.revoked');
      } finally {
        await world.close();
        await database.release();
      }
    });
});
