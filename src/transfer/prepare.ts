import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { ParameterValue } from '../catalogue/sent.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import { accessIn, usualAccess } from '../identity/access-levels.ts';
import type { PasswordOwner } from '../identity/passwords.ts';
import { printAccess } from '../identity/people.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { hashed, hashedForSignIn } from '../verbs/staff.ts';
import { derivedFields, isPassword, ownField, readElsewhere } from './columns.ts';
import { contentFields, fileKey, findFile } from './contents.ts';
import type { Place, Problems } from './problems.ts';
import type { FoundObject } from './read-file.ts';

/** An object of a file, read as a POST reads its parameters. */
export interface Prepared extends Place {
  readonly resource: Resource;
  readonly id: number | undefined;
  readonly values: Readonly<Record<string, Stored>>;
  readonly names: Readonly<Record<string, string>>;
  /** It says all that a POST would work out: it is written as it is. */
  readonly complete: boolean;
  /** Where the contents are that it is to have. */
  readonly file?: string | undefined;
  /** What else a POST makes of the same parameters. */
  readonly companion: Companion | undefined;
}

export interface Companion {
  readonly row: Prepared;
  /** The companion's link to the object, and the object's to its companion. */
  readonly by: string;
  readonly back: string;
}

/**
 * `POST /contacts` takes a company and how to reach the contact there, which are an affiliation's: with `when`, what a row of this
 * resource does not keep itself goes to a row of `resource`.
 */
const companions: Readonly<
  Record<
    string,
    { readonly resource: string; readonly when: string; readonly by: string; readonly back: string }
  >
> = {
  contacts: { resource: 'affiliations', when: 'company_id', by: 'contact', back: 'default_affiliation' },
};

export interface Preparing {
  readonly problems: Problems;
  readonly onRow: () => void;
  /** Where files are that rows name; `undefined`: there is no such folder. */
  readonly folder?: string | undefined;
}

/**
 * Reads all objects before anything is written, with the kinds and the messages of the API; passwords are hashed here, outside the
 * transaction. What is wrong goes to `problems`.
 */
export async function prepareAll(
  found: readonly FoundObject[],
  catalogue: Catalogue,
  deployment: PasswordOwner['deployment'],
  { problems, onRow, folder }: Preparing,
): Promise<readonly Prepared[]> {
  const prepared: Prepared[] = [];
  for (const each of found) {
    const one = await prepareOne(each, catalogue, deployment, { problems, folder });
    if (one) prepared.push(one);
    onRow();
  }
  return prepared;
}

/** One object. A field that is wrong is left out, and the rest read again: all of them are told. */
async function prepareOne(
  found: FoundObject,
  catalogue: Catalogue,
  deployment: PasswordOwner['deployment'],
  { problems, folder }: Omit<Preparing, 'onRow'>,
): Promise<Prepared | undefined> {
  const { resource, at, place } = found;
  const wrong = new Set<string>();
  for (let { row } = found; ; ) {
    try {
      const { sent, file } = await withFile(resource, row, folder);
      const { row: one, password } = prepare(resource, sent, found, catalogue);
      const hash = password === undefined ? {} : { password: await hashOf(password, one, deployment) };
      return wrong.size > 0 ? undefined : { ...one, file, values: { ...one.values, ...hash } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const field = error.particulars.field ?? '';
      // What is missing may be what was left out, or misspelt.
      if (wrong.size > 0 && error.because === 'parameter.missing') return undefined;
      if (!wrong.has(field)) problems.addRefusal(error, { place, at });
      if (wrong.has(field) || !Object.hasOwn(row, field)) return undefined;
      wrong.add(field);
      row = without(row, field);
    }
  }
}

/** A row without the file that it names, and with what the file says of it. */
async function withFile(
  resource: Resource,
  row: FoundObject['row'],
  folder: string | undefined,
): Promise<{ readonly sent: FoundObject['row']; readonly file: string | undefined }> {
  if (row[fileKey] == null || contentFields(resource) === undefined) return { sent: row, file: undefined };
  const { path, title } = await findFile(folder, row[fileKey]);
  const { titled } = resource;
  const named = 'own' in titled && row[titled.own] == null ? { [titled.own]: title } : {};
  return { sent: { ...without(row, fileKey), ...named }, file: path };
}

/** Staff sign in with theirs, so it has to be as good as one that the API takes. */
const hashOf = (
  password: string,
  { resource, values }: Prepared,
  deployment: PasswordOwner['deployment'],
): Promise<string> =>
  resource.name === 'staff' ? hashedForSignIn(password, values, deployment) : hashed(password);

function prepare(
  resource: Resource,
  sent: FoundObject['row'],
  where: Place,
  catalogue: Catalogue,
): { readonly row: Prepared; readonly password: string | undefined } {
  const companion = companionOf(resource, sent, where, catalogue);
  const password = clearPassword(resource, sent);
  const row = withAccess(resource, password === undefined ? sent : without(sent, 'password'), catalogue);
  const given: string[] = [];
  const empty: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    if (ownField(resource, name) === undefined) {
      if (readElsewhere(resource, name) || companion?.takes.has(name)) continue;
      refuse('parameter.invalid', {
        field: name.slice(0, 60),
        detail: `${resource.plural.replaceAll('_', ' ')} have no such field`,
      });
    }
    (value === null ? empty : given).push(name);
  }
  const written = parseValues(new Map(Object.entries(row)) as ReadonlyMap<string, ParameterValue>, resource, {
    required: [],
    optional: given,
  });
  const values: Record<string, Stored> = {};
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(written.values)) {
    const own = ownField(resource, name) as string;
    // An alias beside the field itself must not undo it.
    if (values[own] != null && (value === null || own !== name)) continue;
    values[own] = value;
    names[own] = written.names[name] ?? name;
  }
  // Null is absent here for every kind: a text that was kept empty is "".
  for (const name of empty) values[ownField(resource, name) as string] ??= null;
  const { id, ...others } = values;
  if (id === 0) refuse('parameter.invalid', { field: 'id', detail: 'a whole number from 1 is wanted' });
  const complete = id != null && isComplete(resource, others);
  if (!complete) {
    for (const name of resource.create.required) {
      const value = others[ownField(resource, name) ?? name];
      if ((value == null || value === '') && ownField(resource, name) !== undefined)
        refuse('parameter.missing', { field: name });
    }
  }
  const prepared = {
    resource,
    place: where.place,
    at: where.at,
    id: (id as number | null) ?? undefined,
    values: others,
    names,
    complete,
    companion: companion?.made,
  };
  return { row: prepared, password };
}

/** Whether objects of a kind can be given a field of this name. */
export function takesField(resource: Resource, name: string, { resources }: Catalogue): boolean {
  const companion = resources.get(companions[resource.name]?.resource ?? '');
  return (
    ownField(resource, name) !== undefined ||
    readElsewhere(resource, name) ||
    (companion !== undefined && ownField(companion, name) !== undefined) ||
    (name === fileKey && contentFields(resource) !== undefined)
  );
}

function isComplete(resource: Resource, values: Readonly<Record<string, Stored>>): boolean {
  const said = (name: string): boolean => values[name] !== undefined;
  return (
    derivedFields(resource).every(said) &&
    resource.create.required.every((name) => said(ownField(resource, name) ?? name))
  );
}

/** A password that is to be hashed; a hash (of a dump with secrets) is kept as it is. */
function clearPassword(resource: Resource, { password }: FoundObject['row']): string | undefined {
  if (password == null || password === '' || !isPassword(resource, 'password')) return undefined;
  if (typeof password !== 'string')
    refuse('parameter.invalid', { field: 'password', detail: 'a text is wanted' });
  return password.startsWith('$argon2id$') ? undefined : password;
}

const without = (row: FoundObject['row'], name: string): FoundObject['row'] =>
  Object.fromEntries(Object.entries(row).filter(([each]) => each !== name));

/** Levels of access in the form they are kept in; those of `POST /staff` when there are none. */
function withAccess(resource: Resource, row: FoundObject['row'], { scopes }: Catalogue): FoundObject['row'] {
  if (resource.fields.access?.shown !== 'hidden' || row.access === null) return row;
  return {
    ...row,
    access: printAccess(row.access === undefined ? usualAccess : accessIn(row.access, scopes)),
  };
}

function companionOf(resource: Resource, row: FoundObject['row'], where: Place, catalogue: Catalogue) {
  const spec = companions[resource.name];
  const target = spec && catalogue.resources.get(spec.resource);
  if (!spec || !target || row[spec.when] == null) return undefined;
  const takes = new Set(
    Object.keys(row).filter(
      (name) => ownField(resource, name) === undefined && ownField(target, name) !== undefined,
    ),
  );
  const own = Object.fromEntries([...takes].map((name) => [name, row[name]]));
  // The object's id is not known before it is written.
  const made = prepare(
    { ...target, create: { ...target.create, required: [spec.when] } },
    own,
    where,
    catalogue,
  ).row;
  return { takes, made: { row: { ...made, resource: target }, by: spec.by, back: spec.back } };
}
