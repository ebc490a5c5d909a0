import type { Mishap } from '../../contract/answer.ts';
import { type CauseName, causes, causesOn, isTakenField, pointsOf } from '../../contract/causes.ts';
import type { Particulars } from '../../contract/refuse.ts';
import { rateWindowSeconds } from '../../request/04-rate-limit/meter.ts';
import { BadControl } from '../../runs/bad-control.ts';
import { numberIn, textIn } from '../asked.ts';
import type { ControlAsked } from '../control-route.ts';
import { namesIn, particularsFor, uniqueOn } from './particulars.ts';
import type { FaultScope } from './pattern.ts';

/** What befalls a request. */
export interface Effect {
  readonly cause: CauseName | undefined;
  readonly particulars: Particulars;
  readonly mishap: Mishap | undefined;
}

const particularNames = ['field', 'detail', 'object', 'singular'] as const;
export const effectNames = [
  'cause',
  ...particularNames,
  'retry_after',
  'latency',
  'cut',
  'truncate',
] as const;

/** Milliseconds. */
export const longestLatency = 60_000;
/** Bytes. */
const longestAnswer = 1_000_000_000;

type Values = Pick<ControlAsked, 'values'>;

/** What is to happen, of the requests of a scope. Throws `BadControl`. */
export function readEffect(asked: Values, scope: FaultScope): Effect {
  const latency = numberIn(asked, 'latency', 1, longestLatency);
  const cut = cutIn(asked);
  const truncate = numberIn(asked, 'truncate', 0, longestAnswer);
  if (cut !== undefined && truncate !== undefined)
    throw new BadControl('one of cut and truncate is wanted, not both');
  const mishap =
    latency === undefined && cut === undefined && truncate === undefined
      ? undefined
      : Object.freeze({ latency: latency ?? 0, cut, truncate });
  const cause = textIn(asked, 'cause') as CauseName | undefined;
  const particulars = particularsIn(asked);
  if (cause === undefined) {
    const [stray] = Object.keys(particulars);
    if (stray !== undefined) throw new BadControl(`${wireName(stray)} goes with cause`);
    if (!mishap) throw new BadControl('one of cause, latency, cut and truncate is wanted');
    return { cause, particulars, mishap };
  }
  checkCause(cause, particulars, scope);
  return { cause, particulars, mishap };
}

/** `true`, or bytes that still pass. */
function cutIn(asked: Values): number | undefined {
  const sent = asked.values.get('cut');
  if (sent === true || sent === 'true' || sent === '') return 0;
  if (sent === false || sent === 'false') return undefined;
  return numberIn(asked, 'cut', 0, longestAnswer);
}

function particularsIn(asked: Values): Particulars {
  const given: Record<string, string | number> = {};
  for (const name of particularNames) {
    const text = textIn(asked, name);
    if (text !== undefined) given[name] = text.slice(0, 500);
  }
  const retryAfter = numberIn(asked, 'retry_after', 0, 31_536_000);
  if (retryAfter !== undefined) given.retryAfter = retryAfter;
  return Object.freeze(given);
}

const wireName = (name: string): string => (name === 'retryAfter' ? 'retry_after' : name);

export const locking: readonly string[] = ['client.locked', 'user.locked'];
/** The causes that accept `retry_after`. */
const waiting: readonly string[] = ['window.exhausted', ...locking];

function checkCause(cause: CauseName, given: Particulars, { routes, surfaces }: FaultScope): void {
  const here =
    cause === 'field.taken' ? [] : surfaces.filter((surface) => pointsOf(cause, surface).length > 0);
  if (here.length === 0) {
    const exists = Object.hasOwn(causes, cause) && cause !== 'field.taken';
    throw new BadControl(
      `${exists ? `${cause} does not happen there` : `there is no cause ${cause.slice(0, 60)}`}; there are: ${listed({ routes, surfaces })}`,
    );
  }
  const takes = [...namesIn(cause), ...(waiting.includes(cause) ? ['retryAfter'] : [])];
  const stray = Object.keys(given).find((name) => !takes.includes(name));
  if (stray !== undefined) {
    const some = takes.length > 0 ? `; it accepts ${takes.map(wireName).join(', ')}` : '';
    throw new BadControl(`${cause} does not accept ${wireName(stray)}${some}`);
  }
  const { retryAfter } = given;
  if (
    cause === 'window.exhausted' &&
    retryAfter !== undefined &&
    (retryAfter < 1 || retryAfter > rateWindowSeconds)
  )
    throw new BadControl(
      `retry_after of ${cause} must be from 1 to ${rateWindowSeconds}: the window is an hour`,
    );
  const possible = here.some((surface) =>
    surface === 'api'
      ? routes.some((route) => particularsFor(cause, given, { surface, route, ids: route.ids }))
      : particularsFor(cause, given, { surface, route: undefined, ids: [] }),
  );
  if (possible) return;
  if (isTakenField(cause)) {
    const unique = [...new Set(routes.flatMap(uniqueOn))].map((field) => `${field}.taken`);
    const some =
      unique.length > 0 ? `there are: ${unique.join(', ')}` : 'nothing there writes a unique field';
    throw new BadControl(`${cause} does not happen there; ${some}`);
  }
  const lacking = namesIn(cause).filter((name) => given[name] === undefined);
  throw new BadControl(`${cause} wants ${lacking.join(' and ')}, for its message: "${causeMessage(cause)}"`);
}

const causeMessage = (cause: CauseName): string => causes[cause as keyof typeof causes].message;

function listed({ routes, surfaces }: FaultScope): string {
  const rows = new Set(surfaces.flatMap(causesOn));
  rows.delete('field.taken');
  return [...rows, ...new Set(routes.flatMap(uniqueOn).map((field) => `${field}.taken`))].join(', ');
}

/** Throws `BadControl` for a name that is not allowed. */
export function known({ values }: Values, allowed: readonly string[]): void {
  for (const name of values.keys())
    if (!allowed.includes(name))
      throw new BadControl(`there is no ${name.slice(0, 60)}; there are: ${allowed.join(', ')}`);
}

/** `name.taken`, `parameter.invalid; field=name; detail=too long`, `latency=2000`, `cut`: an effect in one line of text. Throws `BadControl`. */
export function effectIn(text: string, scope: FaultScope): Effect {
  const values = new Map<string, string>();
  for (const part of text
    .slice(0, 2_000)
    .split(';')
    .map((piece) => piece.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const [name, value] =
      at > 0
        ? [part.slice(0, at).trim(), part.slice(at + 1).trim()]
        : part === 'cut'
          ? ['cut', 'true']
          : ['cause', part];
    if (values.has(name)) throw new BadControl(`${name.slice(0, 60)} was said more than once`);
    values.set(name, value);
  }
  known({ values }, effectNames);
  return readEffect({ values }, scope);
}
