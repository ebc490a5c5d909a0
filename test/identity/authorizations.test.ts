import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAuthorizations, revokeAuthorizations } from '../../src/identity/authorizations.ts';
import { identityStore } from './store.ts';

test('what was allowed ten thousand times is taken back as a whole', async () => {
  const store = await identityStore();
  const now = 1_000_000;
  const shared = { application_id: 3, staff_id: 7, scope: 'read(all)', date_created: now };
  try {
    await store.within(async (writing) => {
      for (let i = 0; i < 10_001; i++)
        await writing.insert(1, 'token_families', { family: `f${i}`, ...shared, date_expires: now + 600 });
    });
    const revoke = () =>
      store.within((writing) => revokeAuthorizations(writing, 1, { staffId: 7, applicationId: 3 }, now));
    assert.equal((await listAuthorizations(store, 1, 7, now)).length, 1);
    assert.equal(await revoke(), true);
    assert.deepEqual(await listAuthorizations(store, 1, 7, now), []);
    assert.equal(await revoke(), false, 'nothing was left');
  } finally {
    await store.close();
  }
});
