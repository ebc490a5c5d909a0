import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tallies } from '../../src/limits/tallies.ts';
import { readinessOf } from '../../src/observe/readiness.ts';
import { Busy, type Store, Unreachable } from '../../src/store/store.ts';

const tallies = { ready: async () => true } as unknown as Tallies;

test('a database that is away, busy or not to be written is told apart', async () => {
  const told = async (list: () => Promise<unknown>, { isReady = true, reason = '' } = {}) => {
    const unwritable = async () => reason || undefined;
    const store = { isReady: () => isReady, list, unwritable } as unknown as Store;
    const { ready, lines } = await readinessOf(store, tallies);
    return [ready, lines.split('\n')[0]];
  };
  const none = async () => [];
  assert.deepEqual(await told(none), [true, 'store ok']);
  assert.deepEqual(await told(none, { isReady: false }), [false, 'store away']);
  assert.deepEqual(await told(() => Promise.reject(new Unreachable('gone'))), [false, 'store away']);
  assert.deepEqual(await told(() => Promise.reject(new Busy('locked'))), [false, 'store busy']);
  const full = await told(none, { reason: 'the disk is full' });
  assert.deepEqual(full, [false, 'store cannot be written: the disk is full']);
});
