import { fieldBehind } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Resource } from '../../catalogue/resource.ts';
import type { Parameters, ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import type { Written } from '../../objects/written.ts';

/**
 * The writable parameters of a create or an update. Names that the resource does not write are ignored: clients send whole
 * entities back. Refuses `parameter.missing` and `parameter.invalid`.
 */
export function parseValues(
  parameters: Parameters,
  resource: Resource,
  { required, optional }: { readonly required: readonly string[]; readonly optional: readonly string[] },
): Written {
  const values: Record<string, Stored> = {};
  const names: Record<string, string> = {};
  for (const name of [...required, ...optional]) {
    const field = written(resource, fieldBehind(resource, name));
    const kind = field === undefined ? undefined : resource.fields[field]?.kind;
    const sent = parameters.get(name);
    if (field === undefined || !kind || sent === undefined) continue;
    const value = readValue(name, sent, kind.column === 'integer', kind);
    // A read name beside its write name (`status` beside `status_id`) must not undo it.
    if (names[field] !== undefined && (value === null || name === field)) continue;
    values[field] = value;
    names[field] = name;
  }
  for (const name of required) {
    const field = written(resource, fieldBehind(resource, name)) ?? name;
    if (values[field] == null || values[field] === '') refuse('parameter.missing', { field: name });
  }
  return { values, names };
}

/** The field that holds what a field says: an alias is written to the field it stands for. */
function written(resource: Resource, name: string | undefined): string | undefined {
  const source = name === undefined ? undefined : resource.fields[name]?.source;
  return source && 'own' in source ? written(resource, source.own) : name;
}

interface Reader {
  readonly expects: string;
  read(sent: string): Stored | undefined;
}

function readValue(name: string, sent: ParameterValue, whole: boolean, kind: Reader): Stored {
  if (sent === null) return null;
  const text = scalar(sent);
  if (text === undefined) refuse('parameter.invalid', { field: name, detail: `${kind.expects} is wanted` });
  const value = kind.read(whole ? text.trim() : text);
  if (value === undefined) refuse('parameter.invalid', { field: name, detail: `${kind.expects} is wanted` });
  return value;
}

function scalar(sent: ParameterValue): string | undefined {
  if (typeof sent === 'boolean') return sent ? '1' : '0';
  if (typeof sent !== 'object') return String(sent);
  // A linked object sent back as it was read stands for its id.
  const id = Array.isArray(sent) ? undefined : (sent as { readonly id?: ParameterValue }).id;
  return id === undefined || typeof id === 'object' ? undefined : String(id);
}
