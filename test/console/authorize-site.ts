import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { catalogueOf } from '../../src/catalogue/catalogue.ts';
import { text, unsigned } from '../../src/catalogue/fields.ts';
import { resource } from '../../src/catalogue/resource.ts';
import type { ParameterValue } from '../../src/catalogue/sent.ts';
import { answerAuthorize } from '../../src/console/authorize.ts';
import { folderFiles } from '../../src/files/folder.ts';
import {
  type Application,
  createApplication,
  disableApplication,
  type NewApplication,
} from '../../src/identity/applications.ts';
import { createDeployment, type Deployment, findDeployment } from '../../src/identity/deployments.ts';
import { createKeys } from '../../src/identity/keys.ts';
import { lockout } from '../../src/identity/lockout.ts';
import { hashPassword } from '../../src/identity/passwords.ts';
import { pastNamesTable } from '../../src/identity/past-names.ts';
import { digest } from '../../src/identity/secrets.ts';
import { identityTables } from '../../src/identity/tables.ts';
import { memoryTallies } from '../../src/limits/memory.ts';
import type { Tallies } from '../../src/limits/tallies.ts';
import { plain } from '../../src/request/01-transport/presentation.ts';
import type { Method, Received } from '../../src/request/01-transport/received.ts';
import { buildRoutes } from '../../src/request/05-route/table.ts';
import { createSelections } from '../../src/request/06-parameters/fields.ts';
import type { Trail } from '../../src/request/trail.ts';
import type { World } from '../../src/request/world.ts';
import { sqliteEngine } from '../../src/store/engines/sqlite.ts';
import { openStore } from '../../src/store/open-store.ts';
import { catalogueTables } from '../../src/store/schema.ts';
import type { Store, Values } from '../../src/store/store.ts';

const catalogue = catalogueOf([
  resource({
    singular: 'staff',
    plural: 'staff',
    fields: {
      id: unsigned(),
      username: text(),
      firstname: text(),
      surname: text(),
      email: text(),
      title: text(),
      mobile: text(),
      phone: text(),
      fax: text(),
      position: text(),
      timezone: text(),
      standing: text(),
      access: text({ shown: 'hidden' }),
      financial_level: text(),
      password: text({ shown: 'hidden' }),
    },
    unique: [['username']],
    titled: 'username',
    requests: [],
  }),
  resource({
    singular: 'company',
    plural: 'companies',
    fields: { id: unsigned(), name: text() },
    titled: 'name',
    requests: [],
  }),
]);

export const callback = 'https://planet-express.example/callback?tenant=1';
export const password = 'good news everyone';
export const host = 'planet-express.api.localhost:4280';
export const v0 = '/oauth2/v0/authorize';
export const verifier = 'v'.repeat(43);

export let store: Store;
export let world: World;
export let deployment: Deployment;
const start = 1_800_000_000;
export let now = start;
export let web: Application;
export let webSecret: string;
export let twofold: Application;
export let installed: Application;
export let native: Application;
export let service: Application;
export let disabled: Application;

export const worldOver = (over: Store): World => ({
  catalogue,
  store: over,
  files: folderFiles({ folder: '/nowhere', room: 0 }),
  directory: Object.assign((name: string) => findDeployment(over, name), { forget: () => {} }),
  tallies,
  lockout: lockout(tallies, { attempts: 3, window: 300 }),
  keys: createKeys(over, () => now),
  clock: () => now,
  settings: {
    rateLimit: 5_000,
    domain: undefined,
    bareDeployment: () => 'planet-express',
    authorizationLifetime: 94_608_000,
    requireSecondFactor: false,
    tellCauses: false,
    unknownFilters: 'ignore',
    webhookAllowPrivate: false,
    webhookAllowLoopback: false,
  },
  deliveries: { wake: () => {}, send: async () => ({ http: null, problem: 'no', ms: 0 }) },
  routes: buildRoutes(catalogue),
  selections: createSelections(catalogue),
  verbs: new Map(),
});
let tallies: Tallies;

/** For `before` of a file: a store in memory with a deployment, three people and applications of every kind. */
export async function openSite(): Promise<void> {
  now = start;
  tallies = memoryTallies();
  const tables = [...catalogueTables(catalogue), ...identityTables, pastNamesTable];
  store = openStore(sqliteEngine({ file: ':memory:' }), tables);
  await store.ready;
  world = worldOver(store);
  deployment = await createDeployment(store, { name: 'planet-express', title: 'Planet Express' }, now);
  const hash = await hashPassword(password);
  for (const [id, username, standing] of [
    [1, 'hermes', 'active'],
    [2, 'zapp', 'inactive'],
    [3, 'leela', 'active'],
  ] as const) {
    const row = { id, username, standing, firstname: username, surname: '<b>', email: null };
    await store.within((writing) =>
      writing.insert(deployment.id, 'staff', { ...row, access: null, password: hash }),
    );
  }
  const register = async (given: Omit<NewApplication, 'staffId' | 'name'>) =>
    createApplication(store, deployment, { name: `A ${given.type} "client"`, staffId: 1, ...given }, now);
  ({ application: web, secret: webSecret } = await register({ type: 'web', redirectUris: [callback] }));
  const both = ['https://a.example/', 'https://b.example/'];
  ({ application: twofold } = await register({ type: 'web', redirectUris: both }));
  ({ application: installed } = await register({ type: 'installed', defaultScope: 'write(companies)' }));
  const loopback = ['http://127.0.0.1/done'];
  ({ application: native } = await register({ type: 'installed', redirectUris: loopback }));
  ({ application: service } = await register({ type: 'service' }));
  ({ application: disabled } = await register({ type: 'web', redirectUris: [callback] }));
  await disableApplication(store, deployment.id, disabled.clientId, true);
}

export async function closeSite(): Promise<void> {
  await store.close();
  await tallies.close();
}

export function moveClock(seconds: number): void {
  now += seconds;
}

export interface Told {
  readonly http: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly page: string;
  readonly trail: Trail;
  readonly cause: string | undefined;
  /** The parameters that the redirect URI was given. */
  readonly back: URLSearchParams;
  readonly location: string;
}

export type Fields = Readonly<Record<string, string | undefined>>;

export const defined = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

export function received(method: Method, more: Partial<Received> = {}): Received {
  return {
    id: randomUUID(),
    at: now * 1_000,
    started: performance.now(),
    method,
    wrote: method,
    head: false,
    segments: ['oauth2', 'v0', 'authorize'],
    path: v0,
    https: false,
    host,
    address: '203.0.113.7',
    headers: {},
    query: new Map(),
    body: new Map(),
    uploads: new Map(),
    repeated: undefined,
    malformed: undefined,
    misaddressed: undefined,
    presentation: plain,
    ...more,
  };
}

export async function tell(request: Received, inside: World = world, by = answerAuthorize): Promise<Told> {
  const { answer, trail } = await by(request, inside);
  const names = answer.headers.map(([name]) => name.toLowerCase());
  assert.deepEqual(names, [...new Set(names)], 'no header twice');
  for (const [, value] of answer.headers) assert.match(value, /^[\x20-\x7e\xa0-\xff]*$/, 'fit for a header');
  const headers = new Map(answer.headers);
  assert.equal(headers.get('X-Status'), answer.status);
  assert.equal(headers.get('X-Request-Id'), request.id);
  assert.equal(headers.get('Cache-Control'), 'no-store');
  assert.notEqual(headers.get('X-Status-Reason') ?? '', '');
  assert.equal(answer.cause, trail.refusal?.because);
  const location = headers.get('Location') ?? '';
  const back = new URLSearchParams(location.slice(location.indexOf('?') + 1));
  return {
    http: answer.http,
    headers,
    page: String(answer.body),
    trail,
    cause: answer.cause,
    back,
    location,
  };
}

export const ask = (fields: Fields, more: Partial<Received> = {}): Promise<Told> =>
  tell(received('GET', { query: new Map<string, ParameterValue>(Object.entries(defined(fields))), ...more }));

export const post = (fields: Fields, cookie?: string, more: Partial<Received> = {}): Promise<Told> =>
  tell(
    received('POST', {
      body: new Map<string, ParameterValue>(Object.entries(defined(fields))),
      headers: cookie === undefined ? {} : { cookie },
      ...more,
    }),
  );

export const request = (application: Application, more: Fields = {}): Fields => ({
  client_id: application.clientId,
  response_type: 'code',
  ...more,
});

export const unescaped = (value: string): string =>
  value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** What a browser would send back: the hidden fields of a page, and its cookie. */
export function formOf({ page }: Told): Record<string, string> {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)];
  assert.ok(hidden.length >= 2, 'the page has a form');
  // A browser normalises line ends in hidden fields.
  return Object.fromEntries(
    hidden.map(([, name, value]) => [name, unescaped(value!).replace(/\r\n|\r|\n/g, '\r\n')]),
  );
}

/** The cookie of a browser that nobody has signed in with: random, when it ends, and their signature. */
export const visitor = /^accord_sign_in=[\w-]{22}\.[0-9a-z]+\.[\w-]{43}$/;

export const cookieOf = ({ headers }: Told): string => (headers.get('Set-Cookie') ?? '').split(';')[0]!;
export const isSignIn = ({ page }: Told): boolean => page.includes('name="password"');
export const isConsent = ({ page }: Told): boolean => page.includes('name="decision" value="allow"');

export interface AtConsent {
  readonly form: Record<string, string>;
  readonly cookie: string;
  readonly before: string;
  readonly page: Told;
}

export async function signedIn(fields: Fields, username = 'hermes'): Promise<AtConsent> {
  const first = await ask(fields);
  assert.ok(isSignIn(first), first.page);
  const page = await post({ ...formOf(first), username, password }, cookieOf(first));
  assert.ok(isConsent(page), page.page);
  return { form: formOf(page), cookie: cookieOf(page), before: cookieOf(first), page };
}

export const columns = [
  'digest',
  'family',
  'application_id',
  'staff_id',
  'scope',
  'redirect_uri',
  'challenge',
  'lifetime',
  'date_created',
  'date_expires',
  'date_consumed',
  'date_revoked',
];

export const grantOf = async (code: string): Promise<Values | undefined> =>
  store.find(deployment.id, 'grants', columns, { digest: digest(code).toString('base64url') });

export const count = async (table: string): Promise<number> =>
  (await store.list(deployment.id, { table, columns: ['digest'], limit: 10_000 })).length;
