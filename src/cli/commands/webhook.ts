import { type Command, InvalidArgumentError } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import type { Condition } from '../../store/query.ts';
import { Clash, type Store, type Values, type Writing } from '../../store/store.ts';
import { subscriptions } from '../../webhooks/outbox.ts';
import { pruneOne } from '../../webhooks/prune.ts';
import { enqueue, openLane, takeTurn } from '../../webhooks/queue.ts';
import { usernames } from '../people.ts';
import { type StoreFlags, withDeployment, withDeploymentOptions } from '../store-options.ts';
import { type Terminal, utcText } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly json?: boolean;
}

interface LogFlags extends Flags {
  readonly subscription?: number;
  readonly state?: string;
  readonly limit?: number;
}

interface RedeliverFlags extends LogFlags {
  readonly failed?: boolean;
}

interface PruneFlags extends Flags {
  readonly days: number;
}

const states = ['waiting', 'delivered', 'failed', 'gone', 'withheld'] as const;

export const summary = 'list webhook subscriptions and deliveries, deliver again';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command.command('list').description('list the subscriptions'))
    .option('--json', 'print JSON')
    .action((flags: Flags) => list(terminal, flags));
  withDeploymentOptions(
    command.command('log').description('list deliveries, waiting and finished, the newest first'),
  )
    .option('--subscription <id>', 'only those of this subscription', wholeNumber)
    .option('--state <state>', `only those in this state: ${states.join(', ')}`)
    .option('--limit <number>', 'at most so many (50)', wholeNumber)
    .option('--json', 'print JSON')
    .action((flags: LogFlags) => log(terminal, flags));
  withDeploymentOptions(
    command
      .command('redeliver [delivery-id...]')
      .description('deliver again; each goes to the end of its queue'),
  )
    .option('--failed', 'all that failed, 1000 at most at a time')
    .option('--subscription <id>', 'with --failed: only those of this subscription', wholeNumber)
    .option('--json', 'print JSON')
    .action((ids: readonly string[], flags: RedeliverFlags) => redeliver(terminal, ids, flags));
  withDeploymentOptions(
    command
      .command('enable <subscription-id>')
      .description('enable a disabled subscription; what waits is delivered'),
  )
    .option('--json', 'print JSON')
    .action((id: string, flags: Flags) => enable(terminal, id, flags));
  withDeploymentOptions(command.command('prune').description('remove finished deliveries from the log'))
    .requiredOption('--days <number>', 'those older than this', wholeNumber)
    .option('--json', 'print JSON')
    .action((flags: PruneFlags) => prune(terminal, flags));
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('a whole number is wanted.');
  return value;
}

/** Rows that one command lists or queues. */
const rowsMax = 1_000;
const subscriptionColumns = [
  'id',
  'user_id',
  'event_id',
  'trigger_url',
  'content_type',
  'date_created',
  'date_disabled',
  'disabled_because',
] as const;

const list = (terminal: Terminal, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    const rows = await store.list(deployment.id, {
      table: subscriptions,
      columns: subscriptionColumns,
      limit: rowsMax + 1,
    });
    if (rows.length > rowsMax)
      terminal.remark(`There are more than ${rowsMax} subscriptions: only ${rowsMax} are shown.`);
    const shown = rows.slice(0, rowsMax);
    if (json) return terminal.printJson(shown);
    const names = await usernames(
      store,
      deployment.id,
      shown.flatMap(({ user_id }) => (user_id === null ? [] : [user_id as number])),
    );
    terminal.printTable(
      ['ID', 'EVENT', 'URL', 'STAFF', 'STATE'],
      shown.map((row) => [
        row.id,
        row.event_id,
        row.trigger_url,
        names.get(row.user_id as number) ?? row.user_id,
        row.date_disabled === null
          ? 'enabled'
          : `disabled ${utcText(row.date_disabled as number)}: ${row.disabled_because}`,
      ]),
    );
  });

const deliveryColumns = [
  'id',
  'subscription_id',
  'event_id',
  'object_id',
  'state',
  'attempts',
  'http',
  'problem',
  'ms',
  'date_created',
  'date_due',
  'date_finished',
] as const;

/** The newest deliveries of a kind. */
async function deliveries(
  store: Store,
  deployment: number,
  { subscription, state }: LogFlags,
  limit: number,
): Promise<readonly Values[]> {
  const is = (column: string, value: number | string | undefined): readonly Condition[] =>
    value === undefined ? [] : [{ test: '=', on: { column }, value }];
  const rows = await store.select(deployment, {
    table: 'webhook_deliveries',
    select: deliveryColumns.map((column) => ({ column })),
    where: { all: [...is('subscription_id', subscription), ...is('state', state)] },
    order: [{ by: { column: 'id' }, descending: true }],
    limit,
    offset: 0,
  });
  return rows.map((row) => Object.fromEntries(deliveryColumns.map((name, i) => [name, row[i] ?? null])));
}

const log = (
  terminal: Terminal,
  { json, subscription, state, limit = 50, ...flags }: LogFlags,
): Promise<void> => {
  if (state !== undefined && !(states as readonly string[]).includes(state))
    throw new BadUsage(`--state ${state}: one of ${states.join(', ')} is wanted`);
  return withDeployment(terminal, flags, async ({ store, deployment }) => {
    const rows = await deliveries(
      store,
      deployment.id,
      { ...(subscription === undefined ? {} : { subscription }), ...(state === undefined ? {} : { state }) },
      Math.min(limit, 100_000),
    );
    if (json) return terminal.printJson(rows);
    terminal.printTable(
      ['ID', 'SUBSCRIPTION', 'EVENT', 'OBJECT', 'STATE', 'TRIES', 'HTTP', 'PROBLEM', 'CREATED', 'FINISHED'],
      rows.map((row) => [
        row.id,
        row.subscription_id,
        row.event_id,
        row.object_id,
        row.state,
        row.attempts,
        row.http,
        row.problem,
        utcText(row.date_created as number),
        utcText(row.date_finished as number | null),
      ]),
    );
  });
};

const redeliver = (
  terminal: Terminal,
  ids: readonly string[],
  { json, failed, subscription, ...flags }: RedeliverFlags,
): Promise<void> => {
  const wanted = ids.map((text) => {
    const id = Number(text);
    if (!Number.isSafeInteger(id) || id < 1)
      throw new BadUsage(`${text} is no delivery id: see accord webhook log`);
    return id;
  });
  if (wanted.length > 0 === (failed === true))
    throw new BadUsage('name deliveries by their ids, or all that failed with --failed');
  if (subscription !== undefined && !failed) throw new BadUsage('--subscription is for --failed');
  return withDeployment(terminal, flags, async ({ store, deployment, now }) => {
    const chosen = failed
      ? [
          ...(await deliveries(
            store,
            deployment.id,
            { state: 'failed', ...(subscription === undefined ? {} : { subscription }) },
            rowsMax,
          )),
        ].reverse()
      : await Promise.all(
          wanted.map(
            async (id) =>
              (await store.find(deployment.id, 'webhook_deliveries', deliveryColumns, { id })) ??
              unknownDelivery(id),
          ),
        );
    for (const { id, state } of chosen)
      if (state === 'waiting') throw new Failure(`delivery ${id} is waiting to be delivered already`);
    const gone = failed ? undefined : await missingSubscription(store, deployment.id, chosen);
    if (gone !== undefined)
      throw new Failure(`subscription ${gone} does not exist any more: there is no receiver to deliver to`);
    const there = await enabled(store, deployment.id, chosen);
    const rows = chosen.filter(({ subscription_id }) => there.has(subscription_id as number));
    if (!failed && rows.length < chosen.length) {
      const id = chosen.find(({ subscription_id }) => !there.has(subscription_id as number))?.subscription_id;
      throw new Failure(`subscription ${id} is disabled: accord webhook enable ${id}`);
    }
    const queued = await inTurn(store, deployment.id, now, (writing) =>
      enqueue(
        writing,
        deployment.id,
        rows.map(({ subscription_id, event_id, object_id }) => ({
          subscriptionId: subscription_id as number,
          event: event_id as string,
          objectId: object_id as number,
        })),
        now,
      ),
    );
    if (json) return terminal.printJson(queued.map((id, i) => ({ id, again: rows[i]?.id ?? null })));
    if (chosen.length > rows.length)
      terminal.remark(`${chosen.length - rows.length} belong to subscriptions that are disabled or gone.`);
    terminal.print(
      `Queued ${queued.length} to be delivered again: a running server delivers them within seconds.`,
    );
  });
};

function unknownDelivery(id: number): never {
  throw new Failure(`there is no delivery ${id}: see accord webhook log`);
}

async function missingSubscription(
  store: Store,
  deployment: number,
  rows: readonly Values[],
): Promise<number | undefined> {
  for (const id of new Set(rows.map(({ subscription_id }) => subscription_id as number)))
    if (!(await store.find(deployment, subscriptions, ['id'], { id }))) return id;
  return undefined;
}

async function enabled(
  store: Store,
  deployment: number,
  rows: readonly Values[],
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (const id of new Set(rows.map(({ subscription_id }) => subscription_id as number)))
    if (await store.find(deployment, subscriptions, ['id'], { id, date_disabled: null })) found.add(id);
  return found;
}

const enable = (terminal: Terminal, text: string, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, now }) => {
    const id = Number(text);
    const known =
      Number.isSafeInteger(id) && (await store.find(deployment.id, subscriptions, ['id'], { id }));
    if (!known) throw new Failure(`there is no subscription ${text}: see accord webhook list`);
    await inTurn(store, deployment.id, now, async (writing) => {
      await writing.update(
        deployment.id,
        subscriptions,
        { id },
        { date_disabled: null, disabled_because: null },
      );
      await openLane(writing, deployment.id, id, now);
      await writing.update(deployment.id, 'webhook_lanes', { id }, { failures: 0 });
    });
    if (json) return terminal.printJson({ subscription_id: id, disabled: false });
    terminal.print(`Subscription ${id} is enabled.`);
  });

/** Work on the queues, in turn with the servers; done again when two began at the same time. */
async function inTurn<T>(
  store: Store,
  deployment: number,
  now: number,
  work: (writing: Writing) => Promise<T>,
): Promise<T> {
  const once = () =>
    store.within(async (writing) => {
      await takeTurn(writing, deployment, now);
      return work(writing);
    });
  try {
    return await once();
  } catch (error) {
    if (error instanceof Clash) return once();
    throw error;
  }
}

const prune = (terminal: Terminal, { json, days, ...flags }: PruneFlags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, now }) => {
    const removed = await pruneOne(store, deployment.id, days, now);
    if (json) return terminal.printJson({ removed });
    terminal.print(`Removed ${removed} deliveries from the log.`);
  });
