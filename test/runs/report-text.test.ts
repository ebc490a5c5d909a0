import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../src/runs/recording/exchange.ts';
import type { RunState } from '../../src/runs/recording/run.ts';
import { coverageOf } from '../../src/runs/report/coverage.ts';
import { textReport } from '../../src/runs/report/text.ts';

const run: RunState = {
  ...{ name: 'nightly', started: 0, ended: undefined, exchanges: 1 },
  ...{ dropped: 0, bodiesDropped: 0, missed: 0 },
};

const causesLine = (...exchanges: readonly Pick<Exchange, 'status' | 'cause'>[]): string | undefined =>
  textReport({ run, lints: [], coverage: coverageOf(exchanges as readonly Exchange[]) })
    .split('\n')
    .find((line) => line.startsWith('Causes'));

test('a run without a refusal is not taken for one of a server that returns no causes', () => {
  assert.equal(causesLine(), 'Causes met: none, because no request was refused');
  assert.equal(causesLine({ status: 'ok' }), 'Causes met: none, because no request was refused');
  assert.equal(causesLine({ status: 'duplicate' }), 'Causes: the server returned none (only a sandbox does)');
  assert.equal(
    causesLine({ status: 'unanswered' }),
    'Causes: the server returned none (only a sandbox does)',
  );
  assert.equal(causesLine({ status: 'duplicate', cause: 'name.taken' }), 'Causes met: name.taken 1');
});
