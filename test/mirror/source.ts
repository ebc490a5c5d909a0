import { populate } from '../harness/populate.ts';
import type { Tenant, TestWorld } from '../harness/world.ts';

/** The origin of a tenant's API, as a client in another process reaches it. */
export function originOf({ server }: TestWorld, { deployment }: Tenant): string {
  const url = new URL(server.url);
  url.hostname = `${deployment.name}.api.localhost`;
  return url.origin;
}

type Rows = Readonly<Record<string, readonly Readonly<Record<string, number | string | null>>[]>>;

/** What makes sense of the rows of `populate`, whose texts are words where a deployment has names of its own. The first is of row 1. */
const sense: Rows = {
  asset_types: [{ link_lines: 'job: description end_date\nissue:' }, { link_lines: 'contract: start_date' }],
  contacts: [{ password: '$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA' }],
  currencies: [{ symbol: '$' }, { symbol: 'kr' }],
  profile_fields: [
    { link_type: 'company', field_type: 'text', option_lines: null },
    { link_type: 'staff', field_type: 'multi_select', option_lines: 'red\nblue' },
  ],
  profile_values: [
    { link_type: 'company', stored: 'Wernstrom', value_type: null, value_id: null },
    { link_type: 'staff', stored: 'red\nblue', value_type: null, value_id: null },
  ],
  extension_fields: [
    { link_type: 'job', field_type: 'fixed_select', option_lines: 'one\ntwo' },
    { link_type: 'issue', field_type: 'lookup', option_lines: null },
  ],
  extension_values: [
    { link_type: 'job', stored: 'two', value_type: null, value_id: null },
    { link_type: 'issue', stored: null, value_type: 'company', value_id: 1 },
  ],
  object_schedules: [
    { against_type: 'job', against_id: 1 },
    { against_type: 'milestone', against_id: 2 },
  ],
  // Those of tasks are told, and get the first ids of the copy.
  skill_assignments: [
    { against_type: 'task', against_id: 1 },
    { against_type: 'staff', against_id: 1 },
  ],
  // One that runs counts on while it is read.
  timers: [{}, { status: 'stopped' }],
};

/** Two rows of every resource with every field filled, and what is made over HTTP besides. */
export async function filled(tenant: Tenant): Promise<void> {
  const { store } = tenant.world.server.world;
  await populate(tenant, 'one', tenant.admin, 0);
  await populate(tenant, 'two', tenant.admin, 1);
  await store.within(async (writing) => {
    for (const [table, rows] of Object.entries(sense)) {
      for (const [i, values] of rows.entries())
        await writing.update(tenant.deployment.id, table, { id: i + 1 }, values);
    }
  });
  await fileOf(tenant, 1, Buffer.from('Good news, everyone!\r\n\0'));
  // More than one chunk of a stream.
  await fileOf(tenant, 2, Buffer.alloc(300_000, 'Bite my shiny metal '));
  const made = async (path: string, form: Readonly<Record<string, string>>): Promise<string> => {
    const { http, text, json } = await tenant.post(`/api/v0/${path}`, form);
    if (http !== 200) throw new Error(`POST ${path}: ${text}`);
    return (json.response as { readonly id: string }).id;
  };
  const company = await made('companies', { name: 'MomCorp', website: 'https://momcorp.example/?a=b&c="d"' });
  await made('contacts', {
    firstname: 'Carol',
    surname: '蔡',
    company_id: company,
    email: 'mom@example.com',
  });
  const job = await made('jobs', {
    title: 'Robots',
    against_type: 'company',
    against_id: company,
    manager_id: String(tenant.admin),
    type_id: '1',
  });
  const task = await made('tasks', {
    title: 'Weld\r\nthem',
    against_type: 'job',
    against_id: job,
    date_started: '1800000000',
  });
  const against = { against_type: 'task', against_id: task };
  await made('activities', { subject: 'Hours', body: '  spaces  ', details: '', billable: '90', ...against });
}

/** Has a resource hold these bytes, as an upload would. */
export async function fileOf({ deployment, world }: Tenant, id: number, bytes: Buffer): Promise<void> {
  const { files, store } = world.server.world;
  const staged = await files.put(chunks(bytes));
  const { size: filesize, sha256 } = staged;
  const content = await staged.keep(deployment.id);
  await store.within((writing) =>
    writing.update(deployment.id, 'resources', { id }, { content, sha256, filesize }),
  );
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
