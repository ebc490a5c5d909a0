import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Environment, end, type Running, run, startAccord } from '../harness/commands.ts';
import { succeed } from '../harness/terminal.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-lines-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const command = (words: readonly string[], environment: Environment = {}): Promise<string> =>
  succeed(words, { environment });

test('lines to paste have the domain, the scheme and the port of the settings', async () => {
  const at = ['--data', join(folder, 'real')];
  const domain = { ACCORD_DOMAIN: 'api.example.com' };
  assert.match(await command(['deployment', 'create', 't0', ...at]), /such as t0\.api\.localhost\./);
  assert.match(
    await command(['deployment', 'create', 't1', ...at], domain),
    /such as t1\.api\.example\.com\./,
  );
  const person = [
    '--username',
    'ada',
    '--firstname',
    'Ada',
    '--surname',
    'Adler',
    '--email',
    'a@example.com',
  ];
  const given = ['--deployment', 't1', ...at];
  await command(['staff', 'create', ...person, '--password', 'good news everyone', ...given]);
  const service = ['application', 'create', '--type', 'service', '--name', 'x', '--staff', 'ada', ...given];
  for (const [environment, origin] of [
    [{}, 'http://t1.api.localhost:4280'],
    [domain, 'http://t1.api.example.com:4280'],
    [{ ...domain, ACCORD_PORT: '80' }, 'http://t1.api.example.com'],
    [{ ...domain, ACCORD_PORT: '443', ACCORD_TLS_CERT: 'cert.pem' }, 'https://t1.api.example.com'],
    [{ ...domain, PORT: '4443', ACCORD_TRUST: '1' }, 'https://t1.api.example.com:4443'],
  ] as const)
    assert.ok((await command(service, environment)).includes(`'${origin}/oauth2/v0/token'`), origin);
});

describe('beside a sandbox', () => {
  let sandbox: Running & { readonly port: number };
  let at: readonly string[];
  before(async () => {
    at = ['--data', join(folder, 'sandbox')];
    sandbox = await startAccord('serve', '--sandbox', '--sample', ...at);
  });
  after(async () => {
    assert.equal((await end(sandbox)).code, 0);
  });

  test('lines to paste have the port that it listens on', async () => {
    const { port } = sandbox;
    const issued = await command(['token', 'issue', '--application', client, ...at]);
    assert.ok(issued.includes(`'http://planet-express.api.localhost:${port}/api/v0/companies'`), issued);
  });

  for (const more of [[], ['--port']] as const)
    test(`the line that sandbox fork ${more.join('')} prints lists companies`, async () => {
      const out = await command(['sandbox', 'fork', 'slurm', ...more, ...at]);
      const [line = ''] = out.split('\n').filter((each) => each.startsWith('curl'));
      const { out: listed, err } = await run('sh', ['-c', line]);
      assert.equal(JSON.parse(listed || err).meta.status, 'ok');
      assert.equal(out.includes('--port'), more.length === 0, 'the other way is named where it is another');
      await command(['sandbox', 'remove', 'slurm', ...at]);
    });

  test('of another deployment it says where a token of the reader goes', async () => {
    await command(['deployment', 'create', 'momcorp', ...at]);
    const out = await command(['sandbox', 'fork', '--deployment', 'momcorp', ...at]);
    assert.match(out, /applications are those of momcorp: put one of your tokens in place of TOKEN/);
    assert.match(out, /Authorization: Bearer TOKEN'/);
  });
});

const client = '5ba17c78a0@planet-express.accelo.com';
