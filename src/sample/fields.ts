import type { Fields, SampleWriter } from './writer.ts';

/** A type of field: what its values say, and what it offers. */
interface Kind {
  readonly type: string;
  readonly stored?: string;
  readonly options?: readonly string[];
  /** The resource and the kind of object that it leads to. */
  readonly leads?: readonly [resource: string, singular: string];
}

const options = ['Air', 'Sea', 'Space'];
const moment = '1767225600';

const profileKinds: readonly Kind[] = [
  { type: 'text', stored: 'Rings twice' },
  { type: 'integer', stored: '42' },
  { type: 'decimal', stored: '3.14' },
  { type: 'date', stored: moment },
  { type: 'date_time', stored: moment },
  { type: 'currency', stored: '99.95' },
  { type: 'lookup', leads: ['staff', 'staff'] },
  { type: 'structure', stored: 'A heading' },
  { type: 'select', stored: 'Space', options },
  { type: 'multi_select', stored: 'Air\nSpace', options },
  { type: 'hyperlink', stored: 'https://www.planet-express.example/about' },
];

const extensionKinds: readonly Kind[] = [
  { type: 'text', stored: 'Handle with care' },
  { type: 'textbox', stored: 'First line.\nSecond line.' },
  { type: 'int', stored: '42' },
  { type: 'date', stored: moment },
  { type: 'date_time', stored: moment },
  { type: 'float', stored: '2.5' },
  { type: 'certify', stored: moment },
  { type: 'fixed_select', stored: 'Sea', options },
  { type: 'flexible_select', stored: 'Tunnel', options },
  { type: 'multi_select', stored: 'Air\nSea', options },
  { type: 'lookup', leads: ['companies', 'company'] },
  { type: 'currency', stored: '12.50' },
  { type: 'hyperlink', stored: 'https://www.planet-express.example/ships' },
  { type: 'contributor', leads: ['contributors', 'contributor'] },
];

/** The kinds of object that have profiles; companies have a field of each type, the others one of four types. */
const profiled: Readonly<Record<string, string>> = {
  companies: 'company',
  affiliations: 'affiliation',
  contacts: 'contact',
  contracts: 'contract',
  invoices: 'account_invoice',
  issues: 'issue',
  jobs: 'job',
  milestones: 'milestone',
  prospects: 'prospect',
  purchases: 'purchase',
  staff: 'staff',
};

/** The kinds that have extensions, and the resource and the field of their types; jobs have a field of each type of field. */
const extended: Readonly<Record<string, readonly [singular: string, types: string, link: string]>> = {
  jobs: ['job', 'job_types', 'job_type_id'],
  issues: ['issue', 'issue_types', 'issue_type_id'],
  contracts: ['contract', 'contract_types', 'contract_type_id'],
  prospects: ['prospect', 'prospect_types', 'prospect_type_id'],
  assets: ['asset', 'asset_types', 'asset_type_id'],
};

const titleOf = (type: string): string => `Sample ${type.replaceAll('_', ' ')}`;
const brief = new Set(['text', 'date', 'select', 'fixed_select', 'lookup']);

/** How many objects of a kind have values. */
const objectsMax = 3;

export async function writeCustomFields(w: SampleWriter): Promise<void> {
  for (const [resource, singular] of Object.entries(profiled)) {
    const kinds =
      resource === 'companies' ? profileKinds : profileKinds.filter(({ type }) => brief.has(type));
    for (const kind of kinds) {
      const field = await w.put('profile_fields', {
        ...fieldOf(kind),
        link_type: singular,
        description: 'To try things on.',
        confidential: kind.type === 'hyperlink' ? 1 : 0,
      });
      for (const id of w.ids(resource).slice(0, objectsMax))
        await putValue(w, 'profile_values', kind, { field, link_type: singular, link_id: id });
    }
  }
  for (const [resource, [singular, types, link]] of Object.entries(extended)) {
    const kinds = resource === 'jobs' ? extensionKinds : extensionKinds.filter(({ type }) => brief.has(type));
    const type = w.ids(types)[0] as number;
    const objects = await ofType(w, resource, link, type);
    for (const [i, kind] of kinds.entries()) {
      const field = await w.put('extension_fields', {
        ...fieldOf(kind),
        link_type: singular,
        link_type_id: type,
        ordering: i + 1,
        information: 'To try things on.',
      });
      for (const id of objects)
        await putValue(w, 'extension_values', kind, { field, link_type: singular, link_id: id });
    }
  }
}

const fieldOf = ({ type, options: offered, leads }: Kind): Fields => ({
  field_name: titleOf(type),
  field_type: type,
  option_lines: offered?.join('\n') ?? null,
  lookup_type: type === 'lookup' ? (leads?.[1] ?? null) : null,
});

/** The first objects of a type. */
async function ofType(
  w: SampleWriter,
  resource: string,
  link: string,
  type: number,
): Promise<readonly number[]> {
  const rows = await w.store.list(w.deployment, {
    table: resource,
    columns: ['id'],
    where: { [link]: type },
    limit: objectsMax,
  });
  return rows.map(({ id }) => id as number);
}

async function putValue(
  w: SampleWriter,
  resource: string,
  { stored, leads }: Kind,
  of: Fields,
): Promise<void> {
  if (leads === undefined) await w.put(resource, { ...of, stored: stored ?? null });
  else if (w.ids(leads[0]).length > 0)
    await w.put(resource, { ...of, value_type: leads[1], value_id: w.pick(leads[0], 1) });
}
