import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { failureIn, type Given, runInProcess } from '../harness/terminal.ts';

describe('a command line', () => {
  test('that is wrong is refused with its fault named, and exit code 2', async () => {
    const cases: readonly [readonly string[], RegExp, Given?][] = [
      [['serve', '--prot', '1'], /unknown option '--prot'.*--port/],
      [['serve', '--port', 'high'], /--port \(ACCORD_PORT\) is "high"/],
      [
        ['serve'],
        /--lockout-window \(ACCORD_LOCKOUT_WINDOW\) is "soon"/,
        { environment: { ACCORD_LOCKOUT_WINDOW: 'soon' } },
      ],
      [['serve', '--sample'], /--sample is for a sandbox only/],
      [['serve', '--sandbox', '--sample', 'huge'], /one of small, large, people is wanted/],
      [['serve', '--sandbox', '--sample', '--sample-ids', '0'], /a whole number from 1 to/],
      [['serve', '--sandbox', '--sample-ids', '5'], /--sample-ids is about the sample/],
      [['serve', '--sandbox'], /NODE_ENV is production/, { environment: { NODE_ENV: 'production' } }],
      [['sevre'], /unknown command 'sevre'.*serve/],
      [['deployment', 'create'], /missing required argument 'name'; see accord deployment create --help/],
      [['sandbox', 'clock', 'advance'], /see accord sandbox clock advance --help/],
      [['application', 'create', '--type', 'wob', '--name', 'x', '--staff', '1'], /service, web, installed/],
      [['staff', 'create'], /required option '--username/],
      [['deployment', 'list', '--data', ':memory:'], /name a folder/],
      [['deployment', 'list', '--database-url', 'mysql://x'], /postgres:/],
      [['call', 'login', '--client-id', 'x'], /--url is missing/],
    ];
    await Promise.all(
      cases.map(async ([args, expected, given]) =>
        assert.match(failureIn(await runInProcess(args, given), 2), expected, args.join(' ')),
      ),
    );
    const bare = await runInProcess([]);
    assert.equal(bare.code, 2);
    assert.match(bare.err, /Usage: accord/);
    const help = await runInProcess(['help', 'serve']);
    assert.equal(help.code, 0);
    assert.match(help.out, /--lockout-attempts <number>[\s\S]*ACCORD_LOCKOUT_ATTEMPTS/);
  });

  test('with a mistyped --data creates no database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    const data = join(folder, 'mistyped');
    assert.match(
      failureIn(await runInProcess(['staff', 'list', '--data', data]), 1),
      /there is no database in .*mistyped/,
    );
    assert.equal(existsSync(data), false);
    await rm(folder, { recursive: true });
  });

  test('whose database cannot be reached fails within seconds', async () => {
    const url = 'postgres://somebody:secret@127.0.0.1:1/nothing';
    const said = failureIn(await runInProcess(['deployment', 'list', '--database-url', url]), 1);
    assert.match(said, /127\.0\.0\.1:1\/nothing cannot be reached/);
    assert.doesNotMatch(said, /secret/);
  });
});
