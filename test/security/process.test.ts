import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { end, type Running, runAccord, startAccord } from '../harness/commands.ts';
import { type Database, sqlite } from '../harness/engines.ts';
import { basic, form } from '../harness/forms.ts';
import { closeConnections, type Sending, send } from '../harness/http.ts';
import { redirectUri, type Tenant } from '../harness/world.ts';
import { signInPage } from './pages.ts';

type Line = Readonly<Record<string, unknown>>;

const adminToken = 'an admin token of tests 0123456789'.replaceAll(' ', '-');
const password = 'bite my shiny metal ass';
const guess = 'a-secret-that-was-guessed';

describe('a process in production', () => {
  let database: Database;
  let server: Running & { readonly port: number };
  let admin: string;
  let client: { readonly client_id: string; readonly client_secret: string };
  const host = 'acme.api.localhost';

  before(async () => {
    database = await sqlite.create();
    const at = ['--data', database.data];
    const made = async (...words: readonly string[]): Promise<string> => {
      const { code, out, err } = await runAccord(...words, ...at);
      assert.equal(code, 0, err);
      return out;
    };
    await made('deployment', 'create', 'acme');
    const named = ['--firstname', 'Bender', '--surname', 'Rodriguez', '--email', 'bender@example.com'];
    await made('staff', 'create', '--username', 'bender', ...named, '--password', password);
    const service = ['application', 'create', '--type', 'service', '--name', 'reports', '--staff', 'bender'];
    client = JSON.parse(await made(...service, '--json')) as typeof client;
    const operators = ['--admin-listen', '127.0.0.1:0', '--admin-token', adminToken];
    server = await startAccord('serve', ...at, ...operators);
    admin = /"admin":\s*"([^"]*)"/.exec(server.out())?.[1] ?? '';
  });
  after(async () => {
    closeConnections();
    server.child.kill('SIGKILL');
    await server.ended;
    await database.release();
  });

  const ask = (secret: string): Sending => ({
    method: 'POST',
    path: '/oauth2/v0/token',
    ...form(
      { grant_type: 'client_credentials' },
      basic({ application: { clientId: client.client_id }, secret }),
    ),
  });

  test('has no account that its operator did not make', async () => {
    const signedIn = await Promise.all(
      [
        ['admin', 'admin'],
        ['root', 'root'],
        ['hermes', 'good news everyone'],
      ].map(([id, secret]) =>
        send(server.port, host, {
          ...ask(''),
          ...form(
            { grant_type: 'client_credentials' },
            basic({ application: { clientId: id ?? '' }, secret: secret ?? '' }),
          ),
        }),
      ),
    );
    assert.deepEqual(
      signedIn.map(({ http }) => http),
      [401, 401, 401],
    );
    const { out } = await runAccord('staff', 'list', '--json', '--data', database.data);
    assert.deepEqual(
      (JSON.parse(out) as { username: string }[]).map(({ username }) => username),
      ['bender'],
    );
  });

  test('a forgotten password is replaced by an operator, and the one before is of no use', async () => {
    const at = ['--data', database.data];
    const registered = await runAccord(
      ...['application', 'create', '--type', 'web', '--name', 'calendar', '--staff', 'bender'],
      ...['--redirect-uri', redirectUri, '--json', ...at],
    );
    const clientId = (JSON.parse(registered.out) as typeof client).client_id;
    const asker = {
      web: { application: { clientId } },
      send: (sending: Sending) => send(server.port, host, sending),
    } as unknown as Tenant;
    const signedIn = async (tried: string): Promise<boolean> => {
      const { fill } = await signInPage(asker);
      return /name="decision"/.test((await fill({ username: 'bender', password: tried })).text);
    };
    assert.equal(await signedIn(password), true);
    const other = 'kill all humans, but one';
    const weak = await runAccord('staff', 'set', 'bender', '--password', 'bender-1', ...at);
    assert.match(weak.err, /do not count/);
    assert.equal((await runAccord('staff', 'set', 'bender', '--password', other, ...at)).code, 0);
    assert.deepEqual([await signedIn(password), await signedIn(other)], [false, true]);
  });

  test('writes its log to standard output and nowhere else: JSON, in UTC, of who did what from where, without secrets', async () => {
    const issued = await send(server.port, host, ask(client.client_secret));
    const { access_token } = JSON.parse(issued.text) as { access_token: string };
    await send(server.port, host, ask(guess));
    const used = { path: `/api/v0/companies?_bearer_token=${access_token}` };
    await send(server.port, host, used);
    const { port, host: adminHost } = new URL(admin);
    const operate = (token: string, method = 'GET', path = '/metrics') =>
      send(Number(port), adminHost, { method, path, headers: { Authorization: `Bearer ${token}` } });
    assert.equal((await operate(guess)).http, 401);
    assert.equal((await operate(adminToken, 'DELETE', '/lockouts?all=1')).http, 200);
    closeConnections();
    const { out, err } = await end(server);
    assert.equal(err, '');
    const files = (await readdir(database.data)).filter((name) => !/^accord\.db(-wal|-shm)?$/.test(name));
    assert.deepEqual(
      files.filter((name) => name !== 'files'),
      [],
      'no file of a log',
    );
    const lines = out
      .split('\n')
      .filter((line) => line.startsWith('{"level"'))
      .map((line) => JSON.parse(line) as Line);
    const requests = lines.filter(({ msg }) => msg === 'request');
    const one = (wanted: Line): Line => {
      const [found] = requests.filter((line) =>
        Object.entries(wanted).every(([key, value]) => line[key] === value),
      );
      assert.ok(found, JSON.stringify(wanted));
      return found;
    };
    const shared = { deployment: 'acme', application: client.client_id, address: '127.0.0.1' };
    const token = one({ ...shared, event: 'token.issued', by: 'secret', staff: 1 });
    assert.ok(Math.abs(Date.now() - Number(token.time)) < 120_000, 'unix milliseconds');
    one({ deployment: 'acme', address: '127.0.0.1', cause: 'secret.wrong', http: 401 });
    one({ ...shared, staff: 1, http: 200, path: '/api/v0/companies' });
    const messages = lines.map(({ level, msg }) => [level, msg]);
    for (const expected of [
      [40, 'a request to the listener of operators was refused'],
      [30, 'an operator changed something'],
    ])
      assert.ok(
        messages.some((found) => String(found) === String(expected)),
        String(expected),
      );
    for (const secret of [access_token, client.client_secret, guess, adminToken, password])
      assert.ok(!out.includes(secret), 'the log has a secret');
  });
});
