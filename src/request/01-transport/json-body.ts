import type { ParameterValue } from '../../catalogue/sent.ts';
import { none, parametersMax, type ReadParameters, unreadableParameters } from './parameters.ts';

/** The reason given for what is not JSON at all. */
export const notJson = 'the body is not valid JSON';

const nestingLimit = 8;
const arrayLimit = 1000;

/**
 * A JSON object as parameters. Malformed: what is not JSON or not an object, a parameter nested deeper than 8, an array of more
 * than 1,000 values, an object of more than 1,000 members, NUL, half a surrogate pair, a number beyond a double, and a nested
 * `__proto__`. A name that occurs twice in the object itself is repeated; `JSON.parse` alone would keep the last.
 */
export function parseJsonBody(text: string): ReadParameters {
  if (text.trim() === '') return none;
  const outline = scan(text);
  if (outline.tooDeep) return unreadableParameters(`the JSON body is nested deeper than ${nestingLimit}`);
  if (outline.tooMany) return unreadableParameters(`the JSON body has more than ${parametersMax} parameters`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return unreadableParameters(notJson);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return unreadableParameters('the JSON body is not an object');
  }
  const entries = Object.entries(parsed as Record<string, ParameterValue>);
  let malformed: string | undefined;
  const values = new Map<string, ParameterValue>();
  for (const [name, value] of entries) {
    const fault = faultInText(name) ?? faultIn(value);
    if (fault === undefined) values.set(name, value);
    else malformed ??= `the JSON body has ${fault}`;
  }
  return { values, repeated: outline.repeated, malformed };
}

interface Outline {
  readonly tooDeep: boolean;
  readonly tooMany: boolean;
  readonly repeated: string | undefined;
}

/** One pass over the text before it is parsed: how deep it is, and how many names its outermost object has, and which of them twice. */
function scan(text: string): Outline {
  const names = new Set<string>();
  let repeated: string | undefined;
  let depth = 0;
  let nameNext = false;
  let named = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(text, at);
        if (nameNext && ++named > parametersMax) return { tooDeep: false, tooMany: true, repeated };
        if (nameNext && repeated === undefined) {
          const name = nameAt(text.slice(at, end + 1));
          if (names.has(name)) repeated = name;
          else names.add(name);
        }
        nameNext = false;
        at = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        // The object that is the body does not count.
        if (++depth > nestingLimit + 1) return { tooDeep: true, tooMany: false, repeated };
        nameNext = depth === 1;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        nameNext = false;
        break;
      case 0x2c: // ,
        nameNext = depth === 1;
        break;
    }
  }
  return { tooDeep: false, tooMany: false, repeated };
}

/** The index of the closing quote, or the end of the text. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at;
    if (unit === 0x5c) at++;
  }
  return text.length;
}

function nameAt(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted; // not JSON, as will be found in a moment
  }
}

/** Recursion is bounded: the scan has been over the text. */
function faultIn(value: ParameterValue): string | undefined {
  if (typeof value === 'string') return faultInText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'a number that is out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    if (value.length > arrayLimit) return `an array of more than ${arrayLimit} values`;
    for (const item of value) {
      const fault = faultIn(item);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  const entries = Object.entries(value);
  if (entries.length > parametersMax) return `an object of more than ${parametersMax} members`;
  for (const [name, member] of entries) {
    // As a Map's key it would be harmless; here a reader that copies members one by one would set a prototype.
    if (name === '__proto__') return 'a member named __proto__';
    const fault = faultInText(name) ?? faultIn(member);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultInText(text: string): string | undefined {
  if (text.includes('\0')) return 'a NUL character';
  return text.isWellFormed() ? undefined : 'half a surrogate pair';
}
