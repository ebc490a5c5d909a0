import type { Command } from 'commander';
import { defineClock } from './sandbox/clock.ts';
import { defineFault } from './sandbox/fault.ts';
import { defineReport } from './sandbox/report.ts';
import { defineRun } from './sandbox/run.ts';

/** Everything here speaks to a running sandbox by its control API (docs/sandbox.md). */
export function define(command: Command): void {
  defineClock(command);
  defineFault(command);
  defineRun(command);
  defineReport(command);
}
