import type { Command } from 'commander';
import { defineClock } from '../sandbox/clock.ts';
import { defineFault } from '../sandbox/fault.ts';
import { defineForks } from '../sandbox/fork.ts';
import { defineReport } from '../sandbox/report.ts';
import { defineRun } from '../sandbox/run.ts';
import { defineSnapshots } from '../sandbox/snapshot.ts';
import type { Terminal } from '../terminal.ts';

/** All of these call the control API of a running sandbox (docs/guides/sandbox.md). */
export const summary = 'clock, faults, runs, snapshots and forks of a running sandbox';

export function define(command: Command, terminal: Terminal): void {
  defineClock(command, terminal);
  defineFault(command, terminal);
  defineRun(command, terminal);
  defineReport(command, terminal);
  defineSnapshots(command, terminal);
  defineForks(command, terminal);
}
