import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { closeConnections } from '../../harness/http.ts';
import { Client, chance, contentsOf, type Prepared, prepare, seedOf } from './clients.ts';
import { type Disk, diskUnder, serveOn, skipWithoutDisk } from './disk.ts';

/** 200 in the nightly run (`ACCORD_DISK_RUNS=200`). */
const runs = Number(process.env.ACCORD_DISK_RUNS ?? 6);
const skip = await skipWithoutDisk();

/** What clients were told before the power went, and has to hold ever after. */
interface Told {
  readonly companies: Set<string>;
  readonly exchanged: Set<string>;
  /** The successor of a refresh token. */
  readonly refreshed: Map<string, string>;
  /** When it was told, milliseconds: a successor is given again for 30 seconds only. */
  at: number;
}

/** Serves until the power goes, with clients that write all the while. */
async function serveUntilPowerGoes(
  prepared: Prepared,
  disk: Disk,
  told: Told,
  next: (below: number) => number,
): Promise<number> {
  const fresh: Told = { companies: new Set(), exchanged: new Set(), refreshed: new Map(), at: 0 };
  const server = await serveOn(prepared.database.data, disk.environment, '--log-level', 'silent');
  const client = new Client(prepared, server.port);
  await check(client, told);
  let alive = true;
  let made = 0;
  const run = next(2 ** 31);
  const create = async (): Promise<void> => {
    const name = `company ${run} ${made++}`;
    if ((await client.create(name)).served) fresh.companies.add(name);
  };
  const exchange = async (): Promise<void> => {
    const code = prepared.codes.pop();
    if (code === undefined) return;
    const reply = await client.exchange(code);
    assert.equal(reply.http, 200, reply.text);
    fresh.exchanged.add(code);
  };
  const refresh = async (): Promise<void> => {
    const token = prepared.refreshTokens.pop();
    if (token === undefined) return;
    const reply = await client.refresh(token);
    assert.equal(reply.http, 200, reply.text);
    fresh.refreshed.set(token, JSON.parse(reply.text).refresh_token);
  };
  const cut = (error: NodeJS.ErrnoException): void => {
    if (error instanceof assert.AssertionError) throw error;
    alive = false;
  };
  const forever = async (): Promise<void> => {
    while (alive) await create().catch(cut);
  };
  const writers = Promise.all([forever(), forever(), forever(), exchange().catch(cut), refresh().catch(cut)]);
  while (alive && fresh.companies.size < 8) await new Promise((resume) => setTimeout(resume, 2));
  disk.losePower({ nth: 1 + next(40), kept: next(3) === 0 ? next(10) : 0 });
  const { code } = await server.ended;
  alive = false;
  await writers;
  assert.equal(code, 137, server.err());
  told.at = Date.now();
  for (const name of fresh.companies) told.companies.add(name);
  for (const code of fresh.exchanged) told.exchanged.add(code);
  told.refreshed.clear();
  for (const [token, successor] of fresh.refreshed) told.refreshed.set(token, successor);
  closeConnections();
  return fresh.companies.size + fresh.exchanged.size + fresh.refreshed.size;
}

/** No code is accepted again, and a refresh token has the successor that it had. */
async function check(client: Client, { exchanged, refreshed, at }: Told): Promise<void> {
  for (const code of exchanged) {
    const again = await client.exchange(code);
    assert.equal(again.http, 400, 'a code that was accepted before the power went is accepted again');
  }
  exchanged.clear();
  for (const [token, successor] of refreshed) {
    const again = await client.refresh(token);
    if (again.http === 200)
      assert.equal(JSON.parse(again.text).refresh_token, successor, 'another successor');
    else assert.ok(Date.now() - at > 25_000, `${again.text}: the successor is forgotten`);
  }
  refreshed.clear();
}

describe('a disk that forgets what was not synced', { skip }, () => {
  test(`${runs} × the power goes under write load: every acknowledged write is there, once`, async (t) => {
    const seed = seedOf();
    t.diagnostic(`ACCORD_DISK_SEED=${seed}`);
    const next = chance(seed);
    const prepared = await prepare(runs, runs);
    const disk = await diskUnder(prepared.database.data);
    const told: Told = { companies: new Set(), exchanged: new Set(), refreshed: new Map(), at: 0 };
    let acknowledged = 0;
    let takenBack = 0;
    try {
      for (let run = 0; run < runs; run++) {
        acknowledged += await serveUntilPowerGoes(prepared, disk, told, next);
        const { attached, takenBack: taken } = disk.seen();
        assert.ok(attached, 'the database is written through the disk of this test');
        takenBack += taken;
        const { companies } = contentsOf(prepared);
        for (const name of told.companies)
          assert.equal(companies.get(name), 1, `run ${run}, seed ${seed}: ${name} was acknowledged`);
      }
      const server = await serveOn(prepared.database.data, {}, '--log-level', 'silent');
      await check(new Client(prepared, server.port), told);
      server.child.kill('SIGTERM');
      assert.equal((await server.ended).code, 0);
      for (const [name, count] of contentsOf(prepared).companies) assert.equal(count, 1, name);
      t.diagnostic(`${acknowledged} acknowledged, ${takenBack} writes taken back`);
      assert.ok(takenBack > 0, 'the power never went while something was not synced');
    } finally {
      closeConnections();
      disk.release();
      await prepared.database.release();
    }
  });
});
