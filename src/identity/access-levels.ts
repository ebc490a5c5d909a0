import type { AccessLevel } from '../catalogue/resource.ts';
import { BadUsage } from '../contract/failure.ts';
import { nearest } from '../contract/nearest.ts';
import { refuse } from '../contract/refuse.ts';
import type { Access } from './people.ts';

const levels: readonly string[] = ['none', 'standard', 'admin'];

/**
 * Access after `--access` flags: `admin` sets the level for everything, `companies=none` that of one resource, `companies=same` gives a
 * resource the level for everything again. `scopes`: the names there are. Throws `BadUsage`.
 */
export function accessAfter(before: Access, given: readonly string[], scopes: ReadonlySet<string>): Access {
  let { everything } = before;
  const single: Record<string, AccessLevel> = { ...before.single };
  for (const each of given) {
    const equals = each.indexOf('=');
    const level = equals < 0 ? each : each.slice(equals + 1);
    const name = equals < 0 ? undefined : each.slice(0, equals);
    if (name !== undefined && !scopes.has(name))
      throw new BadUsage(`--access ${each}: there is no resource ${name}${nearest(name, scopes)}`);
    if (name !== undefined && level === 'same') delete single[name];
    else if (!levels.includes(level))
      throw new BadUsage(`--access ${each}: one of ${levels.join(', ')} is wanted`);
    else if (name === undefined) everything = level as AccessLevel;
    else single[name] = level as AccessLevel;
  }
  return { everything, single };
}

/** For tables: `standard, companies=none`. */
export const accessText = ({ everything, single }: Access): string =>
  [everything, ...Object.entries(single).map(([name, level]) => `${name}=${level}`)].join(', ');

/** What `POST /staff` gives a new staff member. */
export const usualAccess: Access = Object.freeze<Access>({ everything: 'standard', single: {} });

/**
 * Access as files write it: a level for everything, `{"everything": "standard", "companies": "none"}`, or that as a text. Refuses
 * `parameter.invalid`.
 */
export function accessIn(sent: unknown, scopes: ReadonlySet<string>): Access {
  if (typeof sent === 'string' && levels.includes(sent))
    return { everything: sent as AccessLevel, single: {} };
  const given = typeof sent === 'string' ? parsed(sent) : sent;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    refuse('parameter.invalid', { field: 'access', detail: wanted });
  for (const [name, level] of Object.entries(given)) {
    if (name !== 'everything' && !scopes.has(name))
      refuse('parameter.invalid', { field: 'access', detail: `there is no resource ${name}` });
    if (!levels.includes(level)) refuse('parameter.invalid', { field: 'access', detail: wanted });
  }
  const { everything = 'none', ...single } = given as Record<string, AccessLevel>;
  return { everything, single };
}

const wanted = `one of ${levels.join(', ')} is wanted, or an object of them by resource, with "everything" for all others`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
