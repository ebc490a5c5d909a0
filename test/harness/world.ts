import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { catalogueOf, readResources } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { pointsOf } from '../../src/contract/causes.ts';
import { stageOfPoint } from '../../src/contract/stages.ts';
import { type Application, createApplication } from '../../src/identity/applications.ts';
import { createDeployment, type Deployment } from '../../src/identity/deployments.ts';
import { hashPassword } from '../../src/identity/passwords.ts';
import { issueTokens } from '../../src/identity/tokens.ts';
import { insertObject } from '../../src/objects/write.ts';
import { surfaceOfPath } from '../../src/observe/explanation.ts';
import type { Verbs } from '../../src/request/08-operation/verbs.ts';
import type { Trail } from '../../src/request/trail.ts';
import { readConfig } from '../../src/server/config.ts';
import { type Server, startServer } from '../../src/server/server.ts';
import type { Database, TestEngine } from './engines.ts';
import { type Reply, type Sending, send } from './http.ts';

/** A running server with a clock that tests move, and a view on why each answer was what it was. */
export interface TestWorld {
  readonly server: Server;
  readonly database: Database;
  /** Unix seconds; may be set. */
  now: number;
  /** How the request with this id ended, seen from inside. */
  trailOf(id: string): Trail;
  tenant(more?: TenantOptions): Promise<Tenant>;
  close(): Promise<void>;
}

export interface TenantOptions {
  /** Made up unless told. */
  readonly name?: string;
  readonly statuses?: 'older' | 'current';
}

/** A deployment of its own, with people, applications and a token, so that tests do not meet one another. */
export interface Tenant {
  readonly world: TestWorld;
  readonly deployment: Deployment;
  readonly host: string;
  /** Staff 1: may do everything. Staff 2: `companies: none`, the rest standard. Both have the password `good news everyone`. */
  readonly admin: number;
  readonly restricted: number;
  readonly service: Registered;
  readonly web: Registered;
  readonly installed: Registered;
  /** Access token of the admin through the web application, `write(all)`. */
  readonly token: string;
  /** A fresh token; the admin's, `write(all)`, unless told. */
  issue(more?: {
    staff?: number;
    scope?: string;
    application?: Registered;
    lifetime?: number;
  }): Promise<string>;
  /** Writes an object past the API, as `accord load` does. */
  put(resource: string, values: PutValues): Promise<number>;
  /** The same of many objects, in one transaction; their ids in the same order. */
  putAll(objects: readonly (readonly [resource: string, values: PutValues])[]): Promise<readonly number[]>;
  send(sending: Sending): Promise<Reply>;
  /** With the tenant's token, and JSON read. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Read>;
  post(path: string, form: Readonly<Record<string, string>>): Promise<Read>;
  api(method: string, path: string, body?: unknown): Promise<Read>;
}

export type PutValues = Readonly<Record<string, number | string | null>>;

export interface Registered {
  readonly application: Application;
  readonly secret: string;
}

export interface Read extends Reply {
  readonly json: { readonly meta: Record<string, string>; readonly response: never };
  readonly cause: string | undefined;
}

export const password = 'good news everyone';
export const redirectUri = 'https://planet-express.example/callback';
let hashed: Promise<string> | undefined;

export async function startWorld(
  engine: TestEngine,
  flags: Readonly<Record<string, string | boolean>> = {},
  resources: readonly Resource[] = [],
  verbs?: Verbs,
): Promise<TestWorld> {
  const schema = flags.sandbox ? 'lean' : 'full';
  const database = await engine.create(resources.length > 0 ? undefined : schema);
  const trails = new Map<string, Trail>();
  const misplaced = new Set<string>();
  let now = 1_800_000_000;
  const settings = {
    port: '0',
    data: database.data,
    'log-level': 'silent',
    ...(database.databaseUrl ? { 'database-url': database.databaseUrl } : {}),
    ...flags,
  };
  const server = await startServer(readConfig(settings, {}), {
    clock: () => now,
    ...(resources.length > 0 ? { catalogue: catalogueOf([...(await readResources()), ...resources]) } : {}),
    ...(verbs ? { verbs } : {}),
    witness: (trail) => {
      trails.set(trail.received.id, trail);
      const problem = misplacedRefusal(trail);
      if (problem !== undefined) misplaced.add(problem);
    },
  });
  await server.world.store.ready;
  const world: TestWorld = {
    server,
    database,
    get now() {
      return now;
    },
    set now(value: number) {
      now = value;
    },
    trailOf: (id) => {
      const trail = trails.get(id);
      if (!trail) throw new Error(`no request ${id} was seen`);
      return trail;
    },
    tenant: (more) => createTenant(world, more),
    close: async () => {
      await server.close();
      await database.release();
      // The suite holds the world for as long as the process lives.
      trails.clear();
      assert.deepEqual(
        [...misplaced],
        [],
        'refusals at stages that `raisedAt` of their causes does not have',
      );
    },
  };
  return world;
}

/** What is wrong with the stage of a refusal, by the table of causes. Pages that are of no surface are left out. */
function misplacedRefusal({ refusal, stage, received }: Trail): string | undefined {
  const { path, headers } = received;
  if (!refusal || !/^\/(api|public_api|oauth2)\//.test(path)) return undefined;
  // A sandbox refuses its own header before any stage of the API has seen it.
  if (refusal.because === 'parameter.invalid' && headers['x-sandbox-fault'] !== undefined) return undefined;
  const surface = surfaceOfPath(path);
  const possible = pointsOf(refusal.because, surface).map(stageOfPoint);
  return possible.includes(stage) ? undefined : `${refusal.because} at ${stage} of ${surface} (${path})`;
}

async function createTenant(world: TestWorld, more: TenantOptions = {}): Promise<Tenant> {
  const { store, catalogue } = world.server.world;
  const name = more.name ?? `t${randomBytes(6).toString('hex')}`;
  const deployment = await createDeployment(store, { title: 'Planet Express', ...more, name }, world.now);
  hashed ??= hashPassword(password);
  const hash = await hashed;
  const putAll: Tenant['putAll'] = (objects) =>
    store.within(async (writing) => {
      const inside = { catalogue, store: writing, deployment: deployment.id, staffId: 0, now: world.now };
      const ids: number[] = [];
      for (const [name, { id, ...values }] of objects) {
        const resource = catalogue.resources.get(name);
        if (!resource) throw new Error(`no resource ${name}`);
        ids.push(await insertObject(inside, resource, { values, names: {} }, id as number | undefined));
      }
      return ids;
    });
  const put: Tenant['put'] = async (...object) => (await putAll([object]))[0] as number;
  const person = { standing: 'active', password: hash };
  const admin = await put('staff', {
    ...person,
    username: 'hermes',
    firstname: 'Hermes',
    surname: 'Conrad',
    email: 'hermes@example.com',
    access: '{"everything":"admin"}',
  });
  const restricted = await put('staff', {
    ...person,
    username: 'fry',
    firstname: 'Philip',
    surname: 'Fry',
    email: 'fry@example.com',
    access: '{"everything":"standard","companies":"none"}',
  });
  const register = (type: 'service' | 'web' | 'installed') =>
    createApplication(
      store,
      deployment,
      {
        type,
        name: `${type} client`,
        staffId: admin,
        redirectUris: type === 'web' ? [redirectUri] : [],
        defaultScope: 'write(all)',
      },
      world.now,
    );
  const [service, web, installed] = [
    await register('service'),
    await register('web'),
    await register('installed'),
  ];
  const issue: Tenant['issue'] = async (wanted = {}) => {
    const { access } = await store.within((writing) =>
      issueTokens(
        writing,
        deployment.id,
        {
          family: randomBytes(8).toString('hex'),
          applicationId: (wanted.application ?? web).application.id,
          staffId: wanted.staff ?? admin,
          scope: wanted.scope ?? 'write(all)',
          lifetime: wanted.lifetime ?? 30 * 86_400,
          refreshable: false,
        },
        world.now,
      ),
    );
    return access;
  };
  const token = await issue();
  const host = `${name}.api.localhost:${world.server.port}`;
  const raw = (sending: Sending) => send(world.server.port, host, sending);
  const read = async (sending: Sending): Promise<Read> => {
    const reply = await raw(sending);
    const id = reply.headers['x-request-id'] ?? '';
    return {
      ...reply,
      json: JSON.parse(reply.text) as Read['json'],
      cause: world.trailOf(id).refusal?.because,
    };
  };
  const bearer = { Authorization: `Bearer ${token}` };
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return {
    world,
    deployment,
    host,
    admin,
    restricted,
    service,
    web,
    installed,
    token,
    issue,
    put,
    putAll,
    send: raw,
    get: (path, headers = {}) => read({ path, headers: { ...bearer, ...headers } }),
    post: (path, values) =>
      read({
        method: 'POST',
        path,
        headers: { ...bearer, ...form },
        body: new URLSearchParams(values).toString(),
      }),
    api: (method, path, body) =>
      read(
        body === undefined
          ? { method, path, headers: bearer }
          : {
              method,
              path,
              headers: { ...bearer, 'Content-Type': 'application/json' },
              body: JSON.stringify(body),
            },
      ),
  };
}
