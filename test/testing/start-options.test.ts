import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type SandboxOptions, startSandbox } from '../../src/testing/start-sandbox.ts';

const place = mkdtempSync(join(tmpdir(), 'accord-options-'));
process.env.TMPDIR = place;
after(() => rmSync(place, { recursive: true, force: true }));

const module = pathToFileURL(join(import.meta.dirname, '../../src/testing/start-sandbox.ts')).href;

/** What a process prints that runs this code, and ends by itself. */
const runs = async (code: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const args = ['--input-type=module', '-e', `import { startSandbox } from '${module}';\n${code}`];
  const inherited = { PATH: process.env.PATH ?? '', TMPDIR: place };
  // Far more than it takes: what holds the process open holds it forever.
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...inherited, ...env },
    timeout: 60_000,
  });
  return stdout.trim();
};

test('options that cannot be used are named, and nothing is left of the start', async () => {
  const wrong: [unknown, RegExp][] = [
    [null, /the options are null: an object is wanted/],
    [{ samples: 3 }, /no option samples; there are: sample, sampleIds, load, clock, rateLimit, settings/],
    [{ load: 3 }, /load wants an object/],
    [{ load: { companies: { name: 'MomCorp' } } }, /load\.companies wants a list/],
    [{ load: { companies: [null] } }, /companies\[0\] is no object/],
    [{ settings: 'lockout' }, /settings wants an object/],
    [{ settings: { lockoutAttempts: '3' } }, /no setting lockoutAttempts; there are: .*lockout-attempts/],
    [{ settings: { 'lockout-attempts': 3 } }, /lockout-attempts wants a text/],
    [{ settings: { 'trust-proxy': '10.0.0.0/8' } }, /trust-proxy wants a list of texts/],
    [{ settings: { 'webhook-allow-private': 'no' } }, /webhook-allow-private wants true or false/],
    [{ settings: { 'sandbox-token': 'mine-is-longer-than-16' } }, /no setting sandbox-token/],
    [{ settings: { host: 'nowhere.invalid' } }, /nowhere\.invalid/],
    [{ clock: 1e15 }, /unix seconds/],
    [{ rateLimit: 2.5 }, /--rate-limit/],
  ];
  for (const [options, says] of wrong) await assert.rejects(startSandbox(options as SandboxOptions), says);
  assert.deepEqual(readdirSync(place), []);
});

test('a process ends by itself after close, after a block that threw, and after a start that failed', async () => {
  const code = `
    const one = await startSandbox();
    const fork = await one.fork();
    await fetch(fork.baseUrl + '/companies', { headers: { Authorization: 'Bearer ' + fork.token } }).then((r) => r.text());
    await one.close();
    try {
      await using two = await startSandbox();
      await two.fork();
      await two.control('POST', 'deployments/planet-express/faults', { latency: 60000 });
      fetch(two.baseUrl + '/companies').catch(() => {});
      throw new Error('bad news');
    } catch (error) { console.log(error.message); }
    await startSandbox({ settings: { host: 'nowhere.invalid' } }).catch(() => console.log('no start'));
    await startSandbox({ clock: 1e15 }).catch(() => console.log('no clock'));`;
  assert.equal(await runs(code), 'bad news\nno start\nno clock');
  assert.deepEqual(readdirSync(place), []);
});

test('there is none in production', async () => {
  const code = `await startSandbox().then(() => console.log('started'), (error) => console.log(error.message));`;
  assert.match(await runs(code, { NODE_ENV: 'production' }), /cannot be used while NODE_ENV is production/);
});
