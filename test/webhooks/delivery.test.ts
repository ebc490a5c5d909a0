import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { createDeployment } from '../../src/identity/deployments.ts';
import { issueTokens } from '../../src/identity/tokens.ts';
import { openDatabase } from '../../src/server/database.ts';
import type { Store } from '../../src/store/store.ts';
import { type Database, onEveryEngine, type TestEngine } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { ok, type Receiver, startReceiver } from '../harness/receiver.ts';

/** 10,000 in the long run (`ACCORD_EVENTS=10000`). */
const events = Number(process.env.ACCORD_EVENTS ?? 200);
const accord = join(import.meta.dirname, '../../src/cli/accord.ts');
const host = 'hooks.api.localhost';

interface Process {
  readonly child: ChildProcess;
  readonly port: number;
}

/** A deployment with one administrator, a token, and processes that serve it. */
interface Site {
  readonly store: Store;
  readonly deployment: number;
  start(...more: readonly string[]): Promise<Process>;
  api(
    port: number,
    method: string,
    path: string,
    values: Readonly<Record<string, string>>,
  ): Promise<Record<string, string>>;
  command(...words: readonly string[]): Promise<string>;
  until(what: string, holds: () => Promise<boolean>, patience?: number): Promise<void>;
}

async function onSite(
  engine: TestEngine,
  work: (site: Site, receiver: Receiver) => Promise<void>,
): Promise<void> {
  const database: Database = await engine.create('full');
  const receiver = await startReceiver();
  const started: ChildProcess[] = [];
  const place = [
    '--data',
    database.data,
    ...(database.databaseUrl ? ['--database-url', database.databaseUrl] : []),
  ];
  const store = await openDatabase(database, await loadCatalogue());
  try {
    await store.ready;
    const { id: deployment } = await createDeployment(store, { name: 'hooks' }, 1);
    const { access } = await store.within(async (writing) => {
      await writing.insert(deployment, 'staff', {
        id: 1,
        username: 'x',
        standing: 'active',
        access: '{"everything":"admin"}',
      });
      await writing.insert(deployment, 'applications', {
        id: 1,
        client_id: 'x',
        secret: 'x',
        name: 'x',
        type: 'web',
        staff_id: 1,
        redirect_uris: '[]',
        default_scope: 'write(all)',
        disabled: 0,
        date_created: 1,
      });
      await writing.insert(deployment, 'companies', { id: 1, name: 'Planet Express' });
      return issueTokens(
        writing,
        deployment,
        {
          family: 'x',
          applicationId: 1,
          staffId: 1,
          scope: 'write(all)',
          lifetime: 86_400,
          refreshable: false,
        },
        Math.floor(Date.now() / 1_000),
      );
    });
    await work(
      {
        store,
        deployment,
        start: async (...more) => {
          const one = await startProcess([...place, ...more]);
          started.push(one.child);
          return one;
        },
        api: async (port, method, path, values) => {
          const reply = await send(port, host, {
            method,
            path: `/api/v0/${path}`,
            headers: {
              Authorization: `Bearer ${access}`,
              'Content-Type': 'application/x-www-form-urlencoded',
            },
            body: new URLSearchParams(values).toString(),
          });
          assert.equal(reply.http, 200, reply.text);
          return JSON.parse(reply.text).response;
        },
        command: async (...words) => {
          const run = promisify(execFile);
          const { stdout } = await run(process.execPath, [accord, ...words, ...place], { timeout: 30_000 });
          return stdout;
        },
        until: async (what, holds, patience = 30_000) => {
          const end = performance.now() + patience;
          while (!(await holds())) {
            if (performance.now() > end) assert.fail(`${what}: not within ${patience} ms`);
            await new Promise((resume) => setTimeout(resume, 20));
          }
        },
      },
      receiver,
    );
  } finally {
    for (const child of started) child.kill('SIGKILL');
    await receiver.stop();
    closeConnections();
    await store.close();
    await database.release();
  }
}

async function startProcess(args: readonly string[]): Promise<Process> {
  const child = spawn(
    process.execPath,
    [
      accord,
      'serve',
      ...['--port', '0', '--log-level', 'silent', '--rate-limit', '100000000', '--json'],
      ...['--webhook-allow-private', '--webhook-timeout', '500', '--webhook-retry', '1'],
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += String(chunk);
      const found = /:(\d+)/.exec(said);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
  return { child, port };
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => child.once('close', (code) => done(code)));

const taskOf = (title: string) => ({
  title,
  against_type: 'company',
  against_id: '1',
  date_started: '1700000000',
});

const idIn = (body: Buffer): string => new URLSearchParams(String(body)).get('id') ?? '';

onEveryEngine('webhooks of several processes', (engine) => {
  test(`${events} events, two processes, kill -9, a receiver that fails, hangs and restarts: all arrive, in order, one at a time`, (t) =>
    onSite(engine, async (site, receiver) => {
      const processes = [await site.start(), await site.start()];
      const portOf = (at: number): number => (processes[at % 2] as Process).port;
      const hooks = ['/troubled', '/well'] as const;
      for (const hook of hooks)
        await site.api(portOf(0), 'POST', 'webhooks/subscriptions', {
          trigger_url: receiver.url + hook,
          event_id: 'create_task',
        });

      const inFlight = new Map<string, number>();
      const together: string[] = [];
      let troubled = 0;
      const marks = [0.1, 0.3, 0.7].map((share) => Math.floor(events * share));
      receiver.answer = (response, { path }) => {
        const now = (inFlight.get(path) ?? 0) + 1;
        inFlight.set(path, now);
        if (now > 1) together.push(path);
        response.once('close', () => inFlight.set(path, (inFlight.get(path) ?? 0) - 1));
        const at = path === '/troubled' ? troubled++ : -1;
        if (at === marks[0]) response.writeHead(500).end();
        else if (at === marks[1]) return;
        else if (at === marks[2]) void receiver.stop().then(() => setTimeout(receiver.start, 1_500));
        else ok(response);
      };

      const started = performance.now();
      const acknowledged: string[][] = [];
      let created = 0;
      const writer = async (own: string[], number: number): Promise<void> => {
        while (created < events) {
          created++;
          // A process that was killed gave no answer: whether it wrote is not known, and not counted.
          const answer = await site
            .api(portOf(number), 'POST', 'tasks', taskOf(`task ${created}`))
            .catch((error: Error) => (error.name === 'AssertionError' ? Promise.reject(error) : undefined));
          if (answer?.id) own.push(answer.id);
          else await new Promise((resume) => setTimeout(resume, 50));
        }
      };
      const writers = Array.from({ length: 8 }, (_, number) => {
        const own: string[] = [];
        acknowledged.push(own);
        return writer(own, number);
      });
      let kills = 0;
      const killer = async (): Promise<void> => {
        for (const share of [0.2, 0.5, 0.8]) {
          await site.until(
            `${share} of the deliveries`,
            async () => receiver.arrived.length >= events * share,
            300_000,
          );
          const at = kills++ % 2;
          const { child } = processes[at] as Process;
          child.kill('SIGKILL');
          await ended(child);
          processes[at] = await site.start();
        }
      };
      const killing = killer();
      await Promise.all(writers);
      const written = performance.now() - started;
      await killing;
      const all = acknowledged.flat();
      assert.ok(all.length > events / 2, `${all.length} were acknowledged`);
      for (const hook of hooks) {
        const arrived = (): Set<string> =>
          new Set(receiver.arrived.flatMap(({ path, body }) => (path === hook ? [idIn(body)] : [])));
        await site.until(
          `all at ${hook}`,
          async () => {
            const there = arrived();
            return all.every((id) => there.has(id));
          },
          600_000,
        );
        // In the order of their first arrival: what one writer wrote after another thing arrives after it.
        const order = new Map([...arrived()].map((id, i) => [id, i]));
        for (const own of acknowledged) {
          const places = own.map((id) => order.get(id) as number);
          assert.deepEqual(
            places,
            places.toSorted((a, b) => a - b),
            `in order at ${hook}`,
          );
        }
      }
      await site.until(
        'an empty queue',
        async () =>
          !(await site.store.find(site.deployment, 'webhook_deliveries', ['id'], { state: 'waiting' })) &&
          !(await site.store.find(site.deployment, 'webhook_events', ['id'], {})),
      );
      const took = performance.now() - started;
      assert.deepEqual(together, [], 'never two at once for one subscription');
      const distinct = new Set(receiver.arrived.map(({ path, body }) => path + idIn(body))).size;
      const repeated = receiver.arrived.length - distinct;
      // Each kill can repeat what was in flight to each subscription, each trouble what it struck.
      assert.ok(repeated <= kills * hooks.length + marks.length, `${repeated} arrived more than once`);
      t.diagnostic(
        `${all.length} acknowledged in ${(written / 1_000).toFixed(1)} s; ${receiver.arrived.length} posts, ${repeated} repeated, all done after ${(took / 1_000).toFixed(1)} s`,
      );
    }));

  test('SIGTERM finishes the delivery in flight, and gives the lane back', () =>
    onSite(engine, async (site, receiver) => {
      const { child, port } = await site.start();
      await site.api(port, 'POST', 'webhooks/subscriptions', {
        trigger_url: receiver.url,
        event_id: 'create_task',
      });
      receiver.answer = (response) => void setTimeout(() => ok(response), 300);
      await site.api(port, 'POST', 'tasks', taskOf('one'));
      await site.api(port, 'POST', 'tasks', taskOf('two'));
      await receiver.until(1);
      closeConnections();
      child.kill('SIGTERM');
      assert.equal(await ended(child), 0);
      const rows = await site.store.list(site.deployment, {
        table: 'webhook_deliveries',
        columns: ['state'],
        limit: 10,
      });
      assert.equal(rows[0]?.state, 'delivered');
      assert.equal(receiver.arrived.length, 1, 'nothing new was begun');
      const lane = await site.store.find(site.deployment, 'webhook_lanes', ['owner', 'date_lease'], {});
      assert.deepEqual({ ...lane }, { owner: null, date_lease: 0 });
      await site.start();
      await receiver.until(2);
    }));

  test('the command line lists, tells, delivers again, enables and prunes', () =>
    onSite(engine, async (site, receiver) => {
      const { port } = await site.start();
      const { subscription } = (await site.api(port, 'POST', 'webhooks/subscriptions', {
        trigger_url: receiver.url,
        event_id: 'create_task',
        secret: 'do-not-tell',
      })) as unknown as { subscription: Record<string, string> };
      const id = subscription.subscription_id as string;
      await site.api(port, 'POST', 'tasks', taskOf('one'));
      await receiver.until(1);
      const logged = async (...more: string[]) =>
        JSON.parse(await site.command('webhook', 'log', '--json', ...more)) as Record<string, unknown>[];
      await site.until('a delivery', async () => (await logged('--state', 'delivered')).length === 1);
      const [told, listed, dumped, log] = (await Promise.all([
        site.command('webhook', 'list'),
        site.command('webhook', 'list', '--json'),
        site.command('dump'),
        site.command('webhook', 'log'),
      ])) as [string, string, string, string];
      assert.match(told, /create_task +http:\/\/127\.0\.0\.1:\d+ +x +enabled/);
      for (const text of [told, listed, dumped, log]) assert.ok(!text.includes('do-not-tell'));
      assert.match(await site.command('dump', '--with-secrets'), /do-not-tell/);

      const [{ id: delivery } = assert.fail()] = await logged();
      await site.command('webhook', 'redeliver', String(delivery));
      await receiver.until(2);
      assert.equal(idIn(receiver.arrived[1]?.body as Buffer), idIn(receiver.arrived[0]?.body as Buffer));

      await site.store.within((writing) =>
        writing.update(site.deployment, 'webhook_subscriptions', { id: Number(id) }, { date_disabled: 5 }),
      );
      await assert.rejects(
        site.command('webhook', 'redeliver', String(delivery)),
        /is disabled: accord webhook enable/,
      );
      assert.match(await site.command('webhook', 'list'), /disabled 1970/);
      await site.command('webhook', 'enable', id);
      await site.api(port, 'POST', 'tasks', taskOf('two'));
      await receiver.until(3);
      await Promise.all(
        [
          ['redeliver', '4242'],
          ['redeliver'],
          ['redeliver', 'x'],
          ['enable', '4242'],
          ['log', '--state', 'x'],
        ].map((words) => assert.rejects(site.command('webhook', ...words), /accord: /)),
      );
      await site.until('three deliveries', async () => (await logged('--state', 'delivered')).length === 3);
      await new Promise((resume) => setTimeout(resume, 1_100));
      assert.match(await site.command('webhook', 'prune', '--days', '0'), /Removed 3/);
      assert.deepEqual(await logged(), []);
    }));
});
