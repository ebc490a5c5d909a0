import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DeliveryStore } from '../../src/webhooks/gate.ts';
import { createSurvey } from '../../src/webhooks/survey.ts';
import { onEveryEngine } from '../harness/engines.ts';
import { type Hooks, openHooks, type Tenant } from './hooks.ts';

/** A survey of deployments that are only said to be there, with what it told. */
function surveyed(
  deployments: { readonly id: number; disabled?: boolean }[],
  subscribed: Set<number>,
  more: { readonly isClosing?: () => boolean; readonly store?: Partial<DeliveryStore> } = {},
) {
  const told: string[] = [];
  const asked: string[] = [];
  const survey = createSurvey({
    store: {
      list: async () =>
        deployments.map(({ id, disabled = false }) => ({ id, name: `d${id}`, disabled: disabled ? 1 : 0 })),
      find: async (deployment: number, table: string) => {
        asked.push(`${table} ${deployment}`);
        return subscribed.has(deployment) ? { id: 1 } : undefined;
      },
      count: async (deployment: number) => deployment,
      ...more.store,
    } as unknown as DeliveryStore,
    isClosing: more.isClosing ?? (() => false),
    visit: (deployment) => told.push(`visit ${deployment}`),
    isDisabled: (deployment) => told.push(`disabled ${deployment}`),
    onBacklog: (deployment, waiting) => told.push(`${deployment}: ${waiting}`),
  });
  return { survey, asked, told: () => told.splice(0) };
}

test('it visits each deployment with subscriptions when it finds it, once', async () => {
  const deployments = [{ id: 1 }, { id: 2 }, { id: 3 }];
  const subscribed = new Set([1, 3]);
  const { survey, asked, told } = surveyed(deployments, subscribed);
  await survey.explore();
  assert.deepEqual(told(), ['visit 1', 'visit 3']);
  assert.deepEqual(
    asked,
    [1, 2, 3].map((id) => `webhook_subscriptions ${id}`),
  );
  subscribed.add(2);
  await survey.explore();
  assert.deepEqual(told(), ['visit 2']);
});

test('it says of a deployment that is disabled that it is, and does not look there', async () => {
  const { survey, asked, told } = surveyed([{ id: 1 }, { id: 2, disabled: true }], new Set([1, 2]));
  await survey.explore();
  assert.deepEqual(told(), ['visit 1', 'disabled 2']);
  assert.deepEqual(asked, ['webhook_subscriptions 1']);
});

test('once, it says that nothing waits where the last subscription has gone, or that is disabled', async () => {
  const deployments: { id: number; disabled?: boolean }[] = [{ id: 1 }, { id: 2 }, { id: 3 }];
  const subscribed = new Set([1, 2, 3]);
  const { survey, told } = surveyed(deployments, subscribed);
  await survey.explore();
  told();
  subscribed.delete(1);
  deployments[2] = { id: 3, disabled: true };
  await survey.explore();
  assert.deepEqual(told(), ['d1: 0', 'disabled 3', 'd3: 0']);
  await survey.explore();
  assert.deepEqual(told(), ['disabled 3']);
  await survey.scan();
  assert.deepEqual(told(), ['visit 2', 'd2: 4']);
});

test('a scan visits what is known and tells what waits there, until it is forgotten', async () => {
  const { survey, told } = surveyed([{ id: 1 }, { id: 2 }], new Set([1, 2]));
  await survey.scan();
  assert.deepEqual(told(), []);
  await survey.explore();
  told();
  await survey.scan();
  assert.deepEqual(told(), ['visit 1', 'd1: 2', 'visit 2', 'd2: 4']);
  survey.forget(1);
  await survey.scan();
  assert.deepEqual(told(), ['visit 2', 'd2: 4']);
});

test('what is forgotten while a scan is under way is neither visited nor told', async () => {
  const own = surveyed([{ id: 1 }, { id: 2 }, { id: 3 }], new Set([1, 2, 3]), {
    store: {
      count: async (deployment) => {
        // Its own count comes too late, and the next one is not begun.
        own.survey.forget(1);
        own.survey.forget(2);
        return deployment;
      },
    },
  });
  await own.survey.explore();
  own.told();
  await own.survey.scan();
  assert.deepEqual(own.told(), ['visit 1', 'visit 3', 'd3: 6']);
});

test('it stops where it stands when the process closes', async () => {
  let closing = false;
  const own = surveyed([{ id: 1 }, { id: 2 }, { id: 3 }], new Set([1, 2, 3]), { isClosing: () => closing });
  await own.survey.explore();
  own.told();
  closing = true;
  await own.survey.scan();
  const before = own.asked.length;
  await own.survey.explore();
  assert.deepEqual([own.told(), own.asked.length], [[], before]);
});

onEveryEngine('a scan tells what waits', (engine) => {
  let hooks: Hooks;
  let tenant: Tenant;
  before(async () => {
    hooks = await openHooks(engine);
    tenant = await hooks.tenant();
  });
  after(() => hooks.close());

  test('in the outbox and in the queues, and not what is done', async () => {
    const backlogs: [string, number][] = [];
    const survey = createSurvey({
      store: hooks.store,
      isClosing: () => false,
      visit: () => {},
      isDisabled: () => assert.fail('none is disabled'),
      onBacklog: (...backlog) => backlogs.push(backlog),
    });
    await tenant.subscribe('http://127.0.0.1:1/');
    await tenant.happen([1, 2, 3]);
    await hooks.store.within(async (writing) => {
      for (const [i, state] of ['waiting', 'delivered', 'failed', 'waiting'].entries())
        await writing.insert(tenant.id, 'webhook_deliveries', {
          id: i + 1,
          subscription_id: 1,
          event_id: 'create_task',
          object_id: 1,
          state,
          attempts: 1,
          date_created: 1,
          date_due: 1,
        });
    });
    await survey.explore();
    await survey.scan();
    assert.deepEqual(backlogs, [[tenant.name, 5]]);
  });
});
