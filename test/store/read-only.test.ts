import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { hasPostgres, postgres } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';

const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };

describe('a database that may only be read, on postgres', needed, () => {
  after(closeConnections);

  test('is told truly, serves reads, and is written again as soon as it may be', async () => {
    const world = await startWorld(postgres, { 'admin-listen': '127.0.0.1:0' });
    const name = new URL(world.database.databaseUrl ?? '').pathname.slice(1);
    const own = new pg.Client({ connectionString: world.database.databaseUrl });
    own.on('error', () => {});
    await own.connect();
    /** For every connection that is made from now on, and none has been made before. */
    const readOnly = async (state: 'on' | 'off'): Promise<void> => {
      await own.query('set transaction_read_only = off');
      await own.query(`set default_transaction_read_only = off`);
      await own.query(`alter database ${name} set default_transaction_read_only = ${state}`);
      await own.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [name],
      );
    };
    const told = () => fetch(`${world.server.adminUrl}/readyz`).then((reply) => reply.text());
    const becomes = async (wanted: string): Promise<void> => {
      for (let tries = 0; (await told()) !== wanted; tries++) {
        assert.ok(tries < 200, `${wanted} is not told, but ${await told()}`);
        await new Promise((resume) => setTimeout(resume, 50));
      }
    };
    try {
      const tenant = await world.tenant();
      const made = await tenant.post('/api/v0/companies', { name: 'before' });
      assert.equal(made.http, 200);
      await readOnly('on');
      await becomes('store cannot be written: it may only be read\ncounters ok\n');
      const refused = await tenant.post('/api/v0/companies', { name: 'meanwhile' });
      assert.equal(refused.http, 500);
      assert.equal(refused.cause, 'store.unreachable');
      assert.match(
        world.trailOf(refused.headers['x-request-id'] ?? '').refusal?.particulars.exact ?? '',
        /^Unwritable: the database cannot be written: it may only be read$/,
      );
      assert.equal((await tenant.get('/api/v0/companies')).http, 200);
      assert.equal((await tenant.send({ path: '/readyz' })).http, 503);
      await readOnly('off');
      await becomes('store ok\ncounters ok\n');
      assert.equal((await tenant.post('/api/v0/companies', { name: 'after' })).http, 200);
    } finally {
      await own.end();
      await world.close();
    }
  });
});
