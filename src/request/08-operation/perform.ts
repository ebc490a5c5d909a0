import { fieldNamed, resourceNamed } from '../../catalogue/catalogue.ts';
import { refuse } from '../../contract/refuse.ts';
import { createObject } from '../../objects/create.ts';
import { setCustomsOf } from '../../objects/custom.ts';
import { missing } from '../../objects/missing.ts';
import { availableProgressions, progressObject } from '../../objects/progress.ts';
import { checkSeen, findSeen } from '../../objects/seen.ts';
import { visible } from '../../objects/visible.ts';
import { Overtaken, removeObject, updateObject } from '../../objects/write.ts';
import { expressionOf } from '../../store/expression.ts';
import { always, both, type Condition } from '../../store/query.ts';
import { Clash, Unreachable } from '../../store/store.ts';
import type { WriteContext } from '../../store/write-context.ts';
import type { Permitted } from '../07-permission/permit.ts';
import type { Readable, World } from '../world.ts';
import { answerObject } from './answer.ts';
import { claim, idempotencyKey, remember, replayed } from './idempotency.ts';
import { loadList, loadObject } from './load.ts';
import type { Outcome } from './outcome.ts';
import { viewerOf } from './viewer.ts';

export interface Performed extends Permitted {
  readonly outcome: Outcome;
}

/**
 * Does what is permitted: reads outside a transaction, writes in one, the answer read in the same transaction. `render` gives the JSON
 * of an outcome, for answers that are kept under an idempotency key. Refuses `object.missing`, and what writes refuse.
 */
export async function perform(
  asked: Permitted,
  world: World,
  render: (outcome: Outcome) => string,
): Promise<Performed> {
  const { row } = asked.route;
  const verb = row.verb === undefined ? undefined : world.verbs.get(row.verb);
  if (row.method === 'GET') {
    const outcome = verb?.kind === 'read' ? await verb.run(asked, world) : await read(asked, world);
    return { ...asked, outcome };
  }
  if (verb?.kind === 'read') throw new Error(`${row.verb} is served by ${row.method} but only reads`);
  const prepared = await verb?.prepare?.(asked, world);
  const write = async (context: WriteContext): Promise<Outcome> =>
    verb ? verb.run(asked, context, prepared) : change(asked, context);
  const key = idempotencyKey(asked);
  let events = false;
  const once = () =>
    world.store.within(async (writing): Promise<Outcome> => {
      const now = world.clock(asked.deployment.id);
      const before = key === undefined ? undefined : await replayed(writing, asked, key, now);
      if (before !== undefined) return { as: 'replayed', json: before };
      if (key !== undefined) await claim(writing, asked, key, now);
      const context = {
        catalogue: world.catalogue,
        store: writing,
        deployment: asked.deployment.id,
        staffId: asked.caller.person.id,
        now,
        onEvent: () => {
          events = true;
        },
      };
      const outcome = await write(context);
      await customs(asked, context, outcome);
      if (key !== undefined) await remember(writing, asked, key, render(outcome));
      return outcome;
    });
  try {
    const outcome = await again(once).catch((error: unknown) => {
      // Two requests with one key at the same time: the other one's answer is there now.
      if (key !== undefined && error instanceof Clash) return again(once);
      throw error;
    });
    if (outcome.as === 'replayed') await verb?.abandon?.(prepared, asked, world);
    return { ...asked, outcome };
  } catch (error) {
    // With the store gone nobody knows whether it was written: what a row may need is better left than lost.
    if (!(error instanceof Unreachable)) await verb?.abandon?.(prepared, asked, world);
    throw error;
  } finally {
    if (events) world.deliveries.wake(asked.deployment.id);
  }
}

const triesMax = 5;

/** Runs a write anew while others are faster with what it needs. */
async function again(write: () => Promise<Outcome>): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      if (tries === triesMax) throw error.refusal;
    }
  }
}

/** A write that answers the object itself may set the fields that a deployment added to it. */
async function customs(asked: Permitted, context: WriteContext, outcome: Outcome): Promise<void> {
  const { owner, row } = asked.route;
  if (!owner.custom || row.governed || outcome.as !== 'object') return;
  const { selection, rows } = outcome.loaded;
  const id = rows[0]?.[0];
  if (selection.resource === owner && typeof id === 'number')
    await setCustomsOf(context, asked.caller.person, owner, id, asked.parameters);
}

async function read(asked: Permitted, world: World): Promise<Outcome> {
  const { route, deployment, caller, selection, ids, order, page } = asked;
  const { row, answered, subject } = route;
  const from: Readable = world;
  switch (row.act) {
    case 'list':
    case 'count': {
      const where = both(asked.where, await belonging(asked, world));
      if (row.act === 'count') {
        const shown = both(where, visible(answered, caller.person.id));
        const count = await world.store.count(deployment.id, {
          table: answered.name,
          select: 'count',
          where: shown,
          order: [],
          limit: 0,
          offset: 0,
        });
        return { as: 'count', count };
      }
      const usual = row.order ? [{ by: { column: row.order.by }, descending: row.order.descending }] : [];
      const loaded = await loadList(
        from,
        deployment.id,
        caller,
        selection,
        where,
        order.length > 0 ? order : usual,
        page,
      );
      return row.wrapped === undefined
        ? { as: 'list', loaded }
        : { as: 'lists', lists: { [row.wrapped]: loaded }, joined: {} };
    }
    case 'read': {
      const id = ids.at(-1) as number;
      const where = await belonging(asked, world);
      const loaded = await loadObject(from, deployment.id, caller, selection, id, where);
      return loaded ? { as: 'object', loaded } : missing(answered, id);
    }
    case 'linked': {
      let at = subject ?? answered;
      let id = ids[0] as number;
      for (const name of row.links ?? []) {
        const { column = '', to = '' } = fieldNamed(at, name);
        const found = await findSeen(viewerOf(asked, world), at, id, [column]);
        const next = found?.[column];
        if (next == null)
          refuse('object.missing', {
            detail: `the ${name.replaceAll('_', ' ')} of ${at.singular.replaceAll('_', ' ')} ${id}`,
          });
        at = resourceNamed(world.catalogue, to);
        id = next as number;
      }
      const loaded = await loadObject(from, deployment.id, caller, selection, id);
      return loaded ? { as: 'object', loaded } : missing(answered, id);
    }
    case 'progressions':
      return {
        as: 'tree',
        tree: await availableProgressions(from, deployment.id, route.owner, ids[0] as number),
      };
    default:
      throw new Error(`${route.id}: ${row.act} is no read`);
  }
}

/** For what is below an object: the condition that ties rows to it. Refuses `object.missing` when the object is not there. */
async function belonging(asked: Permitted, world: World): Promise<Condition> {
  const { route, ids } = asked;
  const { row, answered, subject } = route;
  const [id] = ids;
  if (row.only)
    return both(
      ...Object.entries(row.only).map(
        ([name, value]): Condition => ({
          test: '=',
          on: expressionOf(world.catalogue, answered, { own: name }),
          value,
        }),
      ),
    );
  if (!row.within || !subject || id === undefined) return always;
  await checkSeen(viewerOf(asked, world), subject, id);
  const own: Condition = {
    test: '=',
    on: expressionOf(world.catalogue, answered, row.within.source),
    value: id,
  };
  if (row.within.type === undefined) return own;
  const on = expressionOf(world.catalogue, answered, { own: row.within.type });
  return both(own, { test: '=', on, value: subject.singular });
}

async function change(asked: Permitted, context: WriteContext): Promise<Outcome> {
  const { route, written, ids, caller } = asked;
  const { row, owner } = route;
  if (row.act === 'create') return answerObject(asked, context, await createObject(context, owner, written));
  const id = ids[0] as number;
  // A row that may not be seen may not be changed either.
  await checkSeen(context, owner, id);
  if (row.act === 'remove') {
    await removeObject(context, owner, id);
    return { as: 'nothing' };
  }
  if (row.act === 'update') await updateObject(context, owner, id, written);
  else if (row.act === 'progress')
    await progressObject(context, owner, id, { toward: row.toward, progression: ids[1] });
  else throw new Error(`${route.id}: ${row.act} is no write of ${caller.person.id}`);
  return answerObject(asked, context, id);
}
