import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { accord, type Ended, type Environment, run, runAccord } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

const list = 'https://planet-express.api.accelo.com/api/v0/companies';

describe('accord proxy -- COMMAND', { timeout: 120_000 }, () => {
  let world: TestWorld;
  let tenant: Tenant;
  let folder: string;
  let to: string;
  /** The Node of these tests first, then the programs of the machine without those of npm. */
  let path: string;
  let machinePath: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-proxy-command-'));
    assert.equal((await runAccord('trust', 'create', '--data', folder)).code, 0);
    world = await startWorld(sqlite);
    tenant = await world.tenant({ name: 'planet-express' });
    await tenant.post('/api/v0/companies', { name: 'MomCorp' });
    to = `http://127.0.0.1:${world.server.port}`;
    machinePath = (process.env.PATH ?? '')
      .split(delimiter)
      .filter((each) => !each.includes('node_modules'))
      .join(delimiter);
    path = `${dirname(process.execPath)}${delimiter}${machinePath}`;
  });
  after(async () => {
    closeConnections();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  const led = (words: readonly string[], environment: Environment = {}): Promise<Ended> =>
    run(process.execPath, [accord, 'proxy', '--data', folder, '--to', to, ...words], {
      PATH: path,
      TOKEN: tenant.token,
      ...environment,
    });
  const asking = `fetch('${list}', { headers: { Authorization: 'Bearer ' + process.env.TOKEN } })
    .then((answer) => answer.json()).then(({ response }) => console.log(response[0].name))`;

  test('a client with a hard-coded host asks this server, and its answer is what it prints', async () => {
    const { code, out, err } = await led(['--', 'node', '-e', asking]);
    assert.deepEqual([code, out], [0, 'MomCorp\n'], err);
    assert.match(err, /^\*\.api\.accelo\.com: \S+\/node asked for it and came to http:\S+\. /);
    assert.match(err, /1 request came to http/);
    const curl = await led(['--', 'curl', '-s', '-H', `Authorization: Bearer ${tenant.token}`, list]);
    assert.equal(JSON.parse(curl.out).response[0].name, 'MomCorp', curl.err);
  });

  test('no variable of the caller leads past it, and this machine is asked directly', async () => {
    const before = { NO_PROXY: '*', no_proxy: '.accelo.com', HTTPS_PROXY: 'http://127.0.0.1:1' };
    assert.equal((await led(['--', 'node', '-e', asking], before)).out, 'MomCorp\n');
    const local = await led([
      '--',
      'node',
      '-e',
      `fetch('${to}/healthz').then((it) => console.log(it.status))`,
    ]);
    assert.equal(local.out, '200\n', local.err);
    assert.match(local.err, /No request came to http\S+: does node connect in a way of its own\?/);
  });

  test('input, output, exit codes and signals are those of the command', async () => {
    const child = spawn(
      process.execPath,
      [
        ...[accord, 'proxy', '--data', folder, '--to', to, '--', 'node', '-e'],
        `process.stdin.pipe(process.stdout); process.on('SIGTERM', () => process.exit(5)); console.error('ready')`,
      ],
      { env: { PATH: path } },
    );
    let said = '';
    child.stderr.setEncoding('utf8');
    for await (const text of child.stderr) {
      said += text;
      if (said.includes('ready')) break;
    }
    child.stdin.write('good news\n');
    const [heard] = await once(child.stdout, 'data');
    assert.equal(String(heard), 'good news\n');
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    assert.equal(code, 5);
    assert.equal((await led(['--', 'node', '-e', 'process.exit(7)'])).code, 7);
    assert.equal((await led(['--prove', 'curl', '--', 'sh', '-c', 'kill -9 $$'])).code, 137);
  });

  test('a Node that ignores the variables is refused before it asks anybody', async (t) => {
    const { out } = await run('node', ['--version'], { PATH: machinePath });
    if (!/^v(1\d|2[01])\./.test(out))
      return t.skip('the node of this machine is new enough, or there is none');
    const started = join(folder, 'started');
    const project = await projectWith({ test: `node -e "fs.writeFileSync('${started}', '')"` });
    for (const words of [
      ['node', '-e', `fs.writeFileSync('${started}', '')`],
      ['sh', '-c', `touch '${started}'`],
      ['npm', '--prefix', project, 'test'],
    ]) {
      const { code, err } = await led(['--', ...words], { PATH: machinePath });
      assert.equal(code, 1);
      assert.match(
        err,
        /^accord: \S+\/node does not reach this proxy: Node v\S+ ignores NODE_USE_ENV_PROXY; /,
      );
      assert.match(
        err,
        new RegExp(`${words[0]} was not started, because its requests would go to the hosted`),
      );
      assert.ok(!existsSync(started));
    }
  });

  /** A folder with a `package.json` that has some scripts. */
  async function projectWith(scripts: Readonly<Record<string, string>>): Promise<string> {
    const project = await mkdtemp(join(folder, 'project-'));
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', scripts }));
    return project;
  }

  test('a script of package.json is proved with the node that npm finds for it', async () => {
    const project = await projectWith({ test: `node client.js` });
    await writeFile(join(project, 'client.js'), asking);
    await mkdir(join(project, 'node_modules/.bin'), { recursive: true });
    await symlink(process.execPath, join(project, 'node_modules/.bin/node'));
    const words = [accord, 'proxy', '--data', folder, '--to', to, '--', 'npm', '-s', 'test'];
    const child = spawn(process.execPath, words, {
      cwd: project,
      env: { PATH: path, HOME: folder, TOKEN: tenant.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    const [code] = await once(child, 'close');
    assert.deepEqual([code, out], [0, 'MomCorp\n'], err);
    assert.ok(err.includes(`${project}/node_modules/.bin/node, `), err);
  });

  test('what answers otherwise, or not at all, is refused', async () => {
    const bin = await mkdtemp(join(folder, 'bin-'));
    const fake = async (script: string): Promise<Ended> => {
      await writeFile(join(bin, 'python3'), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, 'python3'), 0o755);
      return led(['--', 'python3', '-c', 'print(1)'], { PATH: `${bin}${delimiter}${path}` });
    };
    assert.match(
      (await fake('echo hello')).err,
      /python3 does not reach this proxy: somebody else answered\./,
    );
    assert.match((await fake('echo no route >&2; exit 1')).err, /does not reach this proxy: no route\./);
  });

  test('what cannot be proved is not started unless the caller says so', async () => {
    const bin = await mkdtemp(join(folder, 'bin-'));
    const program = join(bin, 'client');
    await writeFile(program, '#!/opt/nowhere/lua\n');
    await chmod(program, 0o755);
    const unknown = await led(['--', program]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /nobody can tell how \S+\/client connects, .* --prove none/);
    await writeFile(program, '#!/usr/bin/env -S node --no-warnings\nconsole.log("a script of node")\n');
    assert.equal((await led(['--', program])).out, 'a script of node\n');
    const none = await led(['--prove', 'none', '--', 'sh', '-c', 'echo $HTTPS_PROXY']);
    assert.match(none.out, /^http:\/\/127\.0\.0\.1:\d+\n$/);
    assert.match(none.err, /Nothing was tried: whether requests of sh come to/);
  });

  test('wrong usage is told', async () => {
    const wrong: [readonly string[], RegExp][] = [
      [['--', 'nosuchprogram'], /there is no program nosuchprogram: name one that can be found in PATH/],
      [
        ['--prove', 'java', '--', 'sh'],
        /--prove java: one of node, python3, ruby, perl, curl and none is wanted/,
      ],
      [['--prove', 'python2.1', '--', 'sh'], /--prove python2\.1: there is no such program in PATH/],
      [['--prove', 'node'], /--prove goes with a command/],
      [['--json', '--', 'curl'], /--json goes without a command/],
      [
        ['--to', 'http://127.0.0.1:1', '--', 'curl'],
        /no server answers at http:\/\/127\.0\.0\.1:1 .*: start one with/,
      ],
    ];
    for (const [words, says] of wrong) {
      const { code, err } = await led(words);
      assert.notEqual(code, 0);
      assert.match(err, says);
    }
  });

  test('with --pass-through the usual authorities are trusted too', async () => {
    const script = `const file = process.env.SSL_CERT_FILE;
      console.log(file, fs.readFileSync(file, 'utf8').match(/BEGIN CERTIFICATE/g).length)`;
    const [file = '', count] = (await led(['--pass-through', '--', 'node', '-e', script])).out
      .trim()
      .split(' ');
    assert.ok(Number(count) > 50, `${count} certificates`);
    assert.ok(!existsSync(file), 'what was made for the command is gone with it');
    const [authority = '', one] = (await led(['--', 'node', '-e', script])).out.trim().split(' ');
    assert.equal(one, '1');
    assert.ok((await readFile(authority, 'utf8')).includes('CERTIFICATE'));
  });
});
