import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAccord, startAccord } from '../harness/commands.ts';

test('the folder of a sample, served without --sandbox, comes with a warning until the sample is ended', async () => {
  const data = await mkdtemp(join(tmpdir(), 'accord-sample-'));
  const serve = async (...flags: readonly string[]) => {
    const server = await startAccord('serve', '--data', data, ...flags);
    return async (said: RegExp | undefined) => {
      const until = performance.now() + (said ? 10_000 : 1_000);
      while (performance.now() < until && !said?.test(server.err()))
        await new Promise((resume) => setTimeout(resume, 20));
      server.child.kill('SIGTERM');
      return (await server.ended).err;
    };
  };
  try {
    const warning = /accord deployment disable planet-express/;
    assert.doesNotMatch(await (await serve('--sandbox', '--sample'))(undefined), warning);
    assert.match(await (await serve())(warning), warning);
    const disabled = await runAccord('deployment', 'disable', 'planet-express', '--data', data);
    assert.equal(disabled.code, 0, disabled.err);
    assert.doesNotMatch(await (await serve())(undefined), warning);
  } finally {
    await rm(data, { recursive: true });
  }
});
