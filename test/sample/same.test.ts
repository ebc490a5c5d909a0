import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from '../../src/testing/start-sandbox.ts';

/** Everything that a few lists tell. */
async function told(options: Parameters<typeof startSandbox>[0]): Promise<readonly string[]> {
  await using sandbox = await startSandbox({ clock: '2027-01-31T12:00:00Z', ...options });
  const lists = ['companies', 'jobs', 'activities', 'invoices', 'tasks', 'progressions/history', 'staff'];
  return await Promise.all(
    lists.map(async (list) => {
      const reply = await fetch(`${sandbox.baseUrl}/${list}?_fields=_ALL&_limit=100`, {
        headers: { Authorization: `Bearer ${sandbox.token}` },
      });
      assert.equal(reply.status, 200);
      return JSON.stringify(((await reply.json()) as { response: unknown }).response);
    }),
  );
}

const idIn = (list: string | undefined): unknown => JSON.parse(list ?? '')[0]?.id;

test('the sample is the same at every start at the same time', async () => {
  assert.deepEqual(await told({ sample: 5 }), await told({ sample: 5 }));
});

test('its size is a word or a number, and its ids start at the first id that is given', async () => {
  const [few] = await told({ sample: 1, sampleIds: 1 });
  const [small] = await told({ sample: 'small' });
  assert.deepEqual([idIn(few), idIn(small)], ['1', '1001']);
  assert.equal(JSON.parse(small ?? '').length, 60);
  const people = await told({ sample: 'people', sampleIds: 70 });
  assert.deepEqual(people.slice(0, -1), ['[]', '[]', '[]', '[]', '[]', '[]']);
  assert.equal(idIn(people.at(-1)), '70');
  await assert.rejects(startSandbox({ sampleIds: 0 }), /sampleIds is 0: a whole number from 1 to/);
  await assert.rejects(
    startSandbox({ sample: 'huge' as 'large' }),
    /sample is huge: true, false, small, large, people/,
  );
});

test('objects with pinned ids are loaded beside it', async () => {
  await using sandbox = await startSandbox({
    load: {
      companies: [{ id: 1, name: 'MomCorp' }],
      jobs: [
        { id: 1, title: 'Oil', against_type: 'company', against_id: 1, type_id: 1_001, manager_id: 1_001 },
      ],
    },
  });
  const reply = await fetch(`${sandbox.baseUrl}/jobs/1`, {
    headers: { Authorization: `Bearer ${sandbox.token}` },
  });
  assert.equal(reply.status, 200);
});
