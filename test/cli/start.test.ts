import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { run, runAccord, startAccord } from '../harness/commands.ts';
import { send } from '../harness/http.ts';

let data: string;
before(async () => {
  data = await mkdtemp(join(tmpdir(), 'accord-start-'));
});
after(() => rm(data, { recursive: true }));

test('a server whose database is away from the start waits, and says so', async () => {
  const away = 'postgres://postgres@127.0.0.1:1/nothing';
  const server = await startAccord('serve', '--data', data, '--database-url', away);
  try {
    const ready = await send(server.port, 'localhost', { path: '/readyz' });
    assert.equal(ready.http, 503);
    const api = await send(server.port, 'x.api.localhost', { path: '/api/v0/companies' });
    assert.equal(api.http, 500);
    assert.equal(api.headers['x-status'], 'server_error');
  } finally {
    server.child.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
  }
});

test('what it keeps is for its own user only', async () => {
  const folder = join(data, 'new', 'deeper');
  const created = await runAccord('deployment', 'create', 'acme', '--data', folder);
  assert.equal(created.code, 0, created.err);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, 'accord.db'))).mode & 0o777, 0o600);
});

test('a bad setting stops the start and is named', async () => {
  const readme = join(import.meta.dirname, '../../README.md');
  for (const [flags, said] of [
    [['--domain', 'https://api.example.com'], /--domain \(ACCORD_DOMAIN\)/],
    [['--domain', 'a b'], /--domain \(ACCORD_DOMAIN\)/],
    [['--incident-smtp', 'smtp://localhost', '--incident-mail-to', 'nobody'], /--incident-mail-to/],
    [['--tls-cert', '/nowhere', '--tls-key', readme], /--tls-cert \(ACCORD_TLS_CERT\): \/nowhere/],
    [['--tls-cert', readme, '--tls-key', tmpdir()], /--tls-key \(ACCORD_TLS_KEY\)/],
    [['--tls-cert', readme, '--tls-key', readme], /--tls-cert and --tls-key/],
  ] as const) {
    const ended = await runAccord('serve', '--data', data, ...flags);
    assert.equal(ended.code, 2, `${flags}: ${ended.err}`);
    assert.match(ended.err, said);
  }
  const unmade = await runAccord('serve', '--data', '/proc/nowhere');
  assert.equal(unmade.code, 1);
  assert.match(unmade.err, /\/proc\/nowhere/);
});

test('what could never work is refused when it is given', async () => {
  const at = ['--data', join(data, 'given')];
  const zone = await runAccord('deployment', 'create', 'acme', '--timezone', 'Nowhere/X', ...at);
  assert.match(zone.err, /not a time zone: use a name such as/);
  assert.equal(
    (await runAccord('deployment', 'create', 'acme', '--timezone', 'Europe/Berlin', ...at)).code,
    0,
  );
  const named = ['--username', 'kif', '--firstname', 'Kif', '--surname', 'Kroker'];
  const person = [...named, '--email', 'kif@example.com', '--password', 'good news everyone'];
  const made = await runAccord('staff', 'create', '--deployment', 'acme', ...person, ...at);
  assert.equal(made.code, 0, made.err);
  const application = ['application', 'create', '--deployment', 'acme', '--type', 'service', '--name', 'x'];
  const allowing = (domain: string) =>
    runAccord(...application, '--staff', 'kif', '--allow-domain', domain, ...at);
  for (const domain of ['http://x y', 'https://app.example.com', 'app.example.com:8080', 'a/b', '1.2.3'])
    assert.match((await allowing(domain)).err, /not a host name: use one without scheme/, domain);
  for (const domain of ['App.example.com', 'localhost', '[::1]', 'my_host'])
    assert.equal((await allowing(domain)).code, 0, domain);
});

/** Without the folders in which npm puts the Node of this project. */
const PATH = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
const root = join(import.meta.dirname, '..', '..');

test('another Node is told which one it needs', async (t) => {
  const old = await run('node', ['--version'], { PATH });
  if (/^v(2[4-9]|[3-9]\d)/.test(old.out)) return t.skip('the node of this PATH is new enough');
  const ended = await run('node', [join(root, 'src/cli/start.js'), 'status'], { PATH });
  assert.equal(ended.code, 2);
  assert.match(ended.err, /runs on Node 24 or later/);
  const script = `import '${join(root, 'src/testing/sandbox.js')}'`;
  const imported = await run('node', ['--input-type=module', '-e', script], { PATH });
  assert.equal(imported.code, 1);
  assert.match(imported.err, /accord\/sandbox needs Node 24 or later, and this is v\S+\. .*npx node --test/);
  assert.doesNotMatch(imported.err, /^ +at /m, 'no stack');
});

test('before npm ci every way in says what to do, in one line', async () => {
  const checkout = join(data, 'checkout');
  for (const file of ['package.json', 'build.js', 'src/cli/start.js'])
    await cp(join(root, file), join(checkout, file));
  for (const file of ['src/cli/start.js', 'build.js']) {
    const { code, err } = await run(process.execPath, [join(checkout, file)], { PATH });
    assert.equal(code, 2);
    assert.match(err, /^accord: [^\n]*: run npm ci first\n$/);
  }
  const packed = await run('npm', ['--prefix', checkout, 'run', 'prepack'], { PATH, HOME: data });
  assert.match(packed.err, /^accord: the compiler is not there yet: run npm ci first$/m);
});
