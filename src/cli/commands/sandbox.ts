import type { Command } from 'commander';
import { defineClock } from '../sandbox/clock.ts';
import { defineFault } from '../sandbox/fault.ts';
import { defineForks } from '../sandbox/fork.ts';
import { defineReport } from '../sandbox/report.ts';
import { defineRun } from '../sandbox/run.ts';
import { defineSnapshots } from '../sandbox/snapshot.ts';

/** Everything here speaks to a running sandbox by its control API (docs/guides/sandbox.md). */
export function define(command: Command): void {
  defineClock(command);
  defineFault(command);
  defineRun(command);
  defineReport(command);
  defineSnapshots(command);
  defineForks(command);
}
