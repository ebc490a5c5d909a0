import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeConnections, type Reply } from '../../harness/http.ts';
import {
  Client,
  chance,
  contentsOf,
  type Outcome,
  outcomeOf,
  type Prepared,
  prepare,
  seedOf,
} from './clients.ts';
import {
  type Call,
  type Disk,
  type DiskError,
  diskUnder,
  type Served,
  serveOn,
  skipWithoutDisk,
} from './disk.ts';

/** Of each call, error and operation: 200 in the nightly run (`ACCORD_DISK_RUNS=200`). */
const runs = Number(process.env.ACCORD_DISK_RUNS ?? 5);
/** Requests at once, of which some share a commit. */
const together = 3;
const skip = await skipWithoutDisk();
const seed = seedOf();
const next = chance(seed);

/** One thing that a client wants done. `attempt` may be refused; `insist` is called when the disk is well again, and says whether all is as it was promised. */
interface Wish {
  attempt(): Promise<Outcome>;
  insist(first: Outcome): Promise<void>;
}

let serial = 0;

/** What is asked for, by the name of the operation. */
const operations: Readonly<Record<string, (client: Client, prepared: Prepared) => Promise<Wish> | Wish>> = {
  create: (client) => {
    const name = `company ${serial++}`;
    return {
      attempt: () => client.create(name),
      insist: async ({ served }) => {
        if (served) return;
        const again = await client.create(name);
        assert.ok(again.served, `${name} was refused, and may be written again`);
      },
    };
  },
  'create with a key': (client) => {
    const name = `company ${serial++}`;
    const create = () => client.create(name, { 'Idempotency-Key': `key of ${name}` });
    return {
      attempt: create,
      insist: async (first) => {
        const again = await create();
        assert.ok(again.served);
        // The one company, whichever of the two wrote it.
        if (first.served) assert.equal(idOf(again.reply), idOf(first.reply));
      },
    };
  },
  update: async (client) => {
    const made = await client.create(`company ${serial++}`);
    assert.ok(made.served);
    const id = idOf(made.reply);
    const old = await client.phoneOf(id);
    return {
      attempt: () => client.rename(id, '0815'),
      insist: async ({ served }) => {
        assert.equal(await client.phoneOf(id), served ? '0815' : old);
        if (!served) assert.ok((await client.rename(id, '0815')).served);
      },
    };
  },
  'exchange of a code': (client, { codes }) => {
    const code = codes.pop();
    assert.ok(code, 'there are codes left');
    const exchange = () => client.exchange(code);
    return {
      attempt: () => exchange().then(outcomeOf),
      insist: async ({ served }) => {
        if (!served) assert.equal((await exchange()).http, 200, 'a code that was refused may be used again');
        assert.equal((await exchange()).http, 400, 'a code is accepted once');
      },
    };
  },
  'refresh, twice at once': (client, { refreshTokens }) => {
    const token = refreshTokens.pop();
    assert.ok(token, 'there are refresh tokens left');
    const refresh = () => client.refresh(token).then(outcomeOf);
    let successors: (string | undefined)[] = [];
    return {
      attempt: async () => {
        const outcomes = await Promise.all([refresh(), refresh()]);
        successors = outcomes.map((each) => (each.served ? successorIn(each.reply) : undefined));
        return outcomes.find(({ served }) => !served) ?? (outcomes[0] as Outcome);
      },
      insist: async () => {
        const last = await refresh();
        assert.ok(last.served);
        for (const each of successors)
          if (each !== undefined)
            assert.equal(each, successorIn(last.reply), 'a refresh token has one successor');
      },
    };
  },
};

const idOf = ({ text }: Reply): string => JSON.parse(text).response.id;
const successorIn = ({ text }: Reply): string => JSON.parse(text).refresh_token;

describe('a disk that fails', { skip }, () => {
  let prepared: Prepared;
  let disk: Disk;
  let server: Served;
  let client: Client;
  const cells = 4;
  before(async () => {
    // Each cell has as many runs as it takes for the disk to have failed in so many of them.
    prepared = await prepare(cells * together * runs * 4, cells * together * runs * 4);
    disk = await diskUnder(prepared.database.data);
    server = await serveOn(prepared.database.data, disk.environment, '--log-level', 'error');
    client = new Client(prepared, server.port);
  });
  after(async () => {
    closeConnections();
    server.child.kill('SIGKILL');
    await server.ended;
    disk.release();
    await prepared.database.release();
  });

  async function hit(
    call: Call,
    error: DiskError,
    operation: string,
  ): Promise<{ hit: boolean; refused: number }> {
    const wish = operations[operation];
    assert.ok(wish);
    const wishes = await Promise.all(Array.from({ length: together }, () => wish(client, prepared)));
    disk.fail({ call, error, nth: 1 + next(4), times: 1 + next(3) });
    const outcomes = await Promise.all(wishes.map((each) => each.attempt()));
    const hits = disk.hits();
    disk.heal();
    for (const [i, each] of wishes.entries()) await each.insist(outcomes[i] as Outcome);
    return { hit: hits > 0, refused: outcomes.filter(({ served }) => !served).length };
  }

  for (const operation of Object.keys(operations))
    for (const call of ['write', 'sync'] as const)
      for (const error of ['EIO', 'ENOSPC'] as const)
        test(`${runs} × ${error} at a ${call}, ${operation}: done once or not at all, and served again`, async (t) => {
          let refused = 0;
          for (let run = 0, tries = 0; run < runs; tries++) {
            assert.ok(tries < runs * 4 + 20, `the disk failed in ${run} of ${tries} runs only`);
            const one = await hit(call, error, operation);
            if (one.hit) run++;
            refused += one.refused;
          }
          t.diagnostic(`${refused} refused (ACCORD_DISK_SEED=${seed})`);
          assert.ok(refused > 0, 'nothing was refused');
        });

  test('every refusal is the one of a database that cannot be written', () => {
    assert.ok(disk.seen().attached && disk.seen().syncs > 0);
    const lines = server
      .out()
      .split('\n')
      .filter((line) => line.startsWith('{"level":50'))
      .map((line) => JSON.parse(line) as Record<string, string>);
    const requests = lines.filter(({ msg }) => msg === 'request');
    assert.ok(requests.length > 0);
    for (const { cause, exact } of requests) {
      assert.equal(cause, 'store.unreachable', exact);
      assert.match(exact ?? '', /^Unwritable: the database cannot be written: the disk (is full|fails)$/);
    }
    assert.ok(lines.filter(({ detail }) => detail !== undefined).length < 10, 'no stack for each of them');
    assert.ok(lines.some(({ msg }) => msg === 'the database cannot be written'));
  });

  test('after a kill -9 everything is there once, and the database is whole', async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    const { companies, issued } = contentsOf(prepared);
    assert.ok(companies.size > 0);
    assert.equal(companies.size, serial, 'what was asked for was written in the end');
    for (const [name, count] of companies) assert.equal(count, 1, name);
    // An exchanged code leaves one refresh token in its family, and one refresh another.
    for (const [family, count] of issued) assert.ok(count <= 2, `${family}: ${count}`);
  });
});
