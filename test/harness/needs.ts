import assert from 'node:assert/strict';
import type { Route } from '../../src/request/05-route/table.ts';
import type { Reply, Sending } from './http.ts';
import { multipart } from './multipart.ts';
import { type Body, bodyOf, type Ids, pathOf } from './requests.ts';
import type { Tenant } from './world.ts';

/** Changes a row past the API, so that what is asked for makes sense. */
async function set(
  { world, deployment }: Tenant,
  table: string,
  ids: Ids,
  values: Readonly<Record<string, number | string | null>>,
): Promise<Body> {
  const id = ids.get(table) ?? 0;
  await world.server.world.store.within((writing) => writing.update(deployment.id, table, { id }, values));
  return {};
}

type Need = (ids: Ids, tenant: Tenant) => Body | Promise<Body>;

const statusOf =
  (standing: string): Need =>
  async (_, tenant) => {
    await tenant.put('task_statuses', { title: standing, standing });
    return {};
  };
const closed: Need = (ids, tenant) =>
  set(tenant, 'contract_periods', ids, { standing: 'closed', date_closed: 1 });
const runs: Need = (ids, tenant) =>
  set(tenant, 'timers', ids, { status: 'running', date_started: 1_700_000_000 });
const subscribed: Need = async (ids, tenant) => {
  const trigger_url = 'http://127.0.0.1:9/';
  await set(tenant, 'webhook_subscriptions', ids, { event_id: 'create_contact', trigger_url });
  return { object_id: String(ids.get('contacts')) };
};

const gathered =
  (singular: string, plural: string): Need =>
  (ids, tenant) =>
    set(tenant, 'collections', ids, { against_type: singular, against_id: ids.get(plural) ?? 0 });
const collected = gathered('company', 'companies');
/** Another recipient, so that this one is no duplicate. */
const fresh: Need = (ids, tenant) => set(tenant, 'signoff_recipients', ids, { recipient_id: 1_000_000 });
const sent =
  (standing: string): Need =>
  (ids, tenant) =>
    set(tenant, 'signoffs', ids, { standing, date_expires: null });
/** The resource has a file: that of another one, which was uploaded. */
const kept: Need = async (ids, tenant) => {
  const { world, deployment } = tenant;
  await collected(ids, tenant);
  const path = `/api/v0/companies/${ids.get('companies')}/collections/${ids.get('collections')}/resources`;
  const { text } = await upload(tenant, path, 'resource', {});
  const { id } = (JSON.parse(text) as { response: { resource: { id: string } } }).response.resource;
  const row = await world.server.world.store.find(
    deployment.id,
    'resources',
    ['content', 'sha256', 'filesize'],
    {
      id: Number(id),
    },
  );
  assert.ok(row, 'the upload is there');
  return set(tenant, 'resources', ids, row as Readonly<Record<string, number | string | null>>);
};

/** Sends a small file, and texts beside it. */
const upload = (tenant: Tenant, path: string, part: string, texts: Body): Promise<Reply> =>
  tenant.send(uploading(tenant, path, part, texts));

function uploading(tenant: Tenant, path: string, part: string, texts: Body): Sending {
  const { headers, body } = multipart(
    ...Object.entries(texts).map(([name, content]) => ({ name, content: String(content) })),
    { name: part, filename: 'dark-matter.txt', type: 'text/plain', content: 'heavy' },
  );
  return { method: 'POST', path, headers: { ...headers, ...bearer(tenant.token) }, body };
}

/** What a request needs beside a value for each of its parameters. */
const needs: Readonly<Record<string, Need>> = {
  'GET filters/{filter_id}/run': (ids, tenant) =>
    set(tenant, 'filters', ids, { object_type: 'companies', filters: 'id(1)', search: null }),
  'POST companies/{company_id}/managers/add': (ids) => ({ manager_id: ids.get('staff') }),
  'DELETE companies/{company_id}/managers/delete': (ids) => ({
    relationship_id: ids.get('company_managers'),
  }),
  'PUT companies/{company_id}': async (_, tenant) => {
    await tenant.put('company_statuses', { title: 'Gone', standing: 'gone' });
    return { standing: 'gone' };
  },
  'POST requests': (ids) => ({ affiliation_id: ids.get('affiliations') }),
  'POST contacts': (ids) => ({ company_id: ids.get('companies') }),
  'POST activities/reports': (ids) => ({ activity_id: ids.get('activities') }),
  'POST contracts/periods/{period_id}/open': closed,
  'PUT contracts/periods/{period_id}/open': closed,
  'POST tasks/{task_id}/progressions/start': statusOf('started'),
  'PUT tasks/{task_id}/progressions/start': statusOf('started'),
  'POST tasks/{task_id}/progressions/done': statusOf('complete'),
  'PUT tasks/{task_id}/progressions/done': statusOf('complete'),
  'POST timers/{timer_id}/pause': runs,
  'PUT timers/{timer_id}/pause': runs,
  'POST holidays': () => ({ date_end: '1800000000', duration_seconds: '' }),
  'PUT holidays/{holiday_id}': () => ({ date_start: '1700000000', date_end: '', duration_seconds: '3600' }),
  'GET resources/{resource_id}/download': kept,
  'POST companies/{company_id}/collections/{collection_id}/resources': collected,
  'POST contacts/{contact_id}/collections/{collection_id}/resources': gathered('contact', 'contacts'),
  'POST jobs/{job_id}/collections/{collection_id}/resources': gathered('job', 'jobs'),
  'POST issues/{issue_id}/collections/{collection_id}/resources': gathered('issue', 'issues'),
  'POST contracts/{contract_id}/collections/{collection_id}/resources': gathered('contract', 'contracts'),
  'POST quotes/{quote_id}/collections/{collection_id}/resources': gathered('quote', 'quotes'),
  'POST prospects/{prospect_id}/collections/{collection_id}/resources': gathered('prospect', 'prospects'),
  'POST signoffs/recipient': fresh,
  'POST signoffs/recipients': fresh,
  'PUT signoffs/recipients/{recipient_id}': async (ids, tenant) => {
    await sent('draft')(ids, tenant);
    return set(tenant, 'signoff_recipients', ids, { recipient_type: 'staff', recipient_id: tenant.admin });
  },
  'POST signoffs/{signoff_id}/attachments': sent('draft'),
  'POST signoffs/{signoff_id}/redraft': sent('sent'),
  'POST signoffs/{signoff_id}/send': sent('draft'),
  'POST webhooks/subscriptions': () => ({ trigger_url: 'http://127.0.0.1:9/', event_id: 'create_contact' }),
  'POST webhooks/subscription/{subscription_id}/trigger': subscribed,
  'POST webhooks/subscriptions/{subscription_id}/trigger': subscribed,
  'POST webhooks/subscriptions/{subscription_id}/dispatch': subscribed,
};

/** The field is one of texts, for objects of the path's kind and type, and the value is that of the path's object. */
const custom = ({ row, owner, answered }: Route): Need | undefined =>
  row.verb?.startsWith('custom_values.')
    ? async (ids, tenant) => {
        const link_type = owner.singular;
        const typed = row.links ? { link_type_id: ids.get(`${owner.singular}_types`) ?? 0, archived: 0 } : {};
        const fields = answered.fields.field?.to ?? '';
        await set(tenant, fields, ids, { link_type, field_type: 'text', ...typed });
        await set(tenant, answered.name, ids, { link_type, link_id: ids.get(owner.name) ?? 0 });
        return row.method === 'GET' ? {} : { value: '09-17' };
      }
    : undefined;

/** A list of some rows only has one of these. */
const listed = ({ row, answered }: Route): Need | undefined =>
  row.only ? (ids, tenant) => set(tenant, answered.name, ids, row.only ?? {}) : undefined;

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** A request of a route as it is sent, and what its body says. */
export interface Asking {
  readonly sending: Sending;
  readonly body: Body | undefined;
  /** The name of the part with the file, if there is one. */
  readonly part: string | undefined;
}

/**
 * A request of this route that succeeds, after what it needs was put there: with all it may be sent, or with no more than it requires.
 * `query` goes with reads; `mark` is in every text it writes.
 */
export async function asking(
  tenant: Tenant,
  route: Route,
  ids: Ids,
  all: boolean,
  query = '',
  mark?: string,
): Promise<Asking> {
  const { catalogue } = tenant.world.server.world;
  const { method, uploads = [], parameters = [] } = route.row;
  const reading = method === 'GET';
  const needed = await (needs[route.id] ?? custom(route) ?? listed(route))?.(ids, tenant);
  const body = reading ? undefined : { ...bodyOf(catalogue, route, ids, all, mark), ...needed };
  const path = `${pathOf(catalogue, route, ids)}${reading ? query : ''}`;
  const part = uploads.find((name) => all || parameters.includes(`${name}!`));
  if (part) return { sending: uploading(tenant, path, part, body ?? {}), body, part };
  const headers = { ...bearer(tenant.token), ...(body ? { 'Content-Type': 'application/json' } : {}) };
  const sending = { method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return { sending, body, part };
}
