import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type Database, sqlite } from '../../harness/engines.ts';
import { basic, bearer, form } from '../../harness/forms.ts';
import { codeFor, tokensFor } from '../../harness/grants.ts';
import { type Reply, send } from '../../harness/http.ts';
import { redirectUri, startWorld, type Tenant } from '../../harness/world.ts';

/** A database with a deployment in it, codes and refresh tokens to be used, and nobody who serves it. */
export interface Prepared {
  readonly database: Database;
  readonly tenant: Tenant;
  readonly token: string;
  readonly codes: string[];
  readonly refreshTokens: string[];
}

export async function prepare(codes: number, refreshTokens: number, data?: string): Promise<Prepared> {
  const database =
    data === undefined
      ? await sqlite.create()
      : { databaseUrl: undefined, data, release: () => Promise.resolve() };
  const world = await startWorld({ name: 'sqlite', create: async () => database });
  // The server that is to come goes by the clock of the machine; what is issued here lasts a day.
  world.now = Math.floor(Date.now() / 1_000) + 86_400;
  const tenant = await world.tenant();
  const made = {
    database,
    tenant,
    token: await tenant.issue({ lifetime: 7 * 86_400 }),
    codes: await Promise.all(Array.from({ length: codes }, () => codeFor(tenant))),
    refreshTokens: await Promise.all(
      Array.from({ length: refreshTokens }, async () => (await tokensFor(tenant)).refresh_token),
    ),
  };
  await world.server.close();
  return made;
}

/** What came of a request: served, or refused as the contract says a server's failure is. Anything else fails the test. */
export type Outcome = { readonly served: true; readonly reply: Reply } | { readonly served: false };

/** Requests to a server that was started anew on what was prepared. */
export class Client {
  readonly #prepared: Prepared;
  readonly #port: number;
  constructor(prepared: Prepared, port: number) {
    this.#prepared = prepared;
    this.#port = port;
  }

  send(method: string, path: string, values: Readonly<Record<string, string>>, headers = {}): Promise<Reply> {
    const { tenant, token } = this.#prepared;
    const { headers: all, body } = form(values, { ...bearer(token), ...headers });
    return send(this.#port, tenant.host, { method, path, headers: all ?? {}, ...(body ? { body } : {}) });
  }

  create(name: string, headers = {}): Promise<Outcome> {
    return this.send('POST', '/api/v0/companies', { name }, headers).then(outcomeOf);
  }

  rename(id: string, phone: string): Promise<Outcome> {
    return this.send('PUT', `/api/v0/companies/${id}`, { phone }).then(outcomeOf);
  }

  async phoneOf(id: string): Promise<string> {
    const reply = await this.send('GET', `/api/v0/companies/${id}?_fields=phone`, {});
    assert.equal(reply.http, 200, reply.text);
    return JSON.parse(reply.text).response.phone;
  }

  /** A code or a refresh token, for tokens. */
  grant(values: Readonly<Record<string, string>>): Promise<Reply> {
    const { tenant } = this.#prepared;
    const sending = form(values, basic(tenant.web));
    return send(this.#port, tenant.host, { method: 'POST', path: '/oauth2/v0/token', ...sending });
  }

  exchange(code: string): Promise<Reply> {
    return this.grant({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
  }

  refresh(token: string): Promise<Reply> {
    return this.grant({ grant_type: 'refresh_token', refresh_token: token });
  }
}

export function outcomeOf(reply: Reply): Outcome {
  if (reply.http === 200) return { served: true, reply };
  assert.equal(reply.http, 500, reply.text);
  assert.equal(reply.headers['x-status'], 'server_error', reply.text);
  assert.doesNotMatch(reply.text, /disk|SQLITE|\.ts:/, 'the caller is not told what is wrong inside');
  return { served: false };
}

/** What the database of nobody's server has, read as a file: it has to be whole. */
export function contentsOf({ database }: Prepared): {
  companies: Map<string, number>;
  issued: Map<string, number>;
} {
  const file = new DatabaseSync(`${database.data}/accord.db`);
  try {
    assert.deepEqual({ ...file.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });
    const count = (sql: string): Map<string, number> => {
      const statement = file.prepare(sql);
      statement.setReturnArrays(true);
      return new Map((statement.all() as unknown as [string, number][]).map(([name, n]) => [name, n]));
    };
    return {
      companies: count('select name, count(*) from companies group by name'),
      issued: count('select family, count(*) from refresh_tokens group by family'),
    };
  } finally {
    file.close();
  }
}

/** Numbers that are the same for the same seed, so that a run that failed can be run again. */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export const seedOf = (): number =>
  Number(process.env.ACCORD_DISK_SEED ?? Math.floor(Math.random() * 2 ** 31));
