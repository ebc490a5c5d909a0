import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Share } from '../../src/webhooks/share.ts';
import { pause } from './hooks.ts';

test('of deployments with different numbers of queues running the one with fewer goes first', async () => {
  const ends = new Map<string, (more: boolean) => void>();
  const begun: string[] = [];
  const share = new Share({
    queuesMax: 20,
    perDeploymentMax: 20,
    run: (deployment, id) => {
      begun.push(`${deployment}/${id}`);
      return new Promise((end) => ends.set(`${deployment}/${id}`, end));
    },
    onDry: () => {},
  });
  for (let hog = 100; hog < 110; hog++) share.offer(hog, [{ id: 1, person: 1 }]);
  // Half of the places are taken: five persons of one deployment have two queues, one person of another has one.
  share.offer(
    1,
    [1, 2, 3, 4, 5].map((id) => ({ id, person: id })),
  );
  share.offer(
    2,
    [1, 2, 3].map((id) => ({ id, person: 1 })),
  );
  assert.deepEqual(begun.slice(10), ['1/1', '1/2', '2/1']);
  for (let hog = 100; hog < 110; hog++) {
    ends.get(`${hog}/1`)?.(false);
    await pause(0);
  }
  // With all of them free there is one more for either.
  assert.deepEqual(begun.slice(13), ['1/3', '2/2']);
  assert.equal(share.size, 8);
  for (const deployment of [1, 2]) share.drop(deployment);
  for (const end of ends.values()) end(false);
  await share.close();
  assert.equal(share.size, 0);
});
