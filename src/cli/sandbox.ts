import type { Command } from 'commander';
import { defineClock } from './sandbox/clock.ts';
import { defineForks } from './sandbox/fork.ts';
import { defineSnapshots } from './sandbox/snapshot.ts';

/** Everything here speaks to a running sandbox by its control API (docs/sandbox.md). */
export function define(command: Command): void {
  defineClock(command);
  defineSnapshots(command);
  defineForks(command);
}
