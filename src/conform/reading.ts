import { parse as parseYaml } from 'yaml';
import type { ProbeAnswer } from './sending.ts';

export type JsonFields = Readonly<Record<string, unknown>>;

/** An answer's JSON; `undefined` when it is none. */
export function jsonIn({ text }: Pick<ProbeAnswer, 'text'>): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const fieldsOf = (value: unknown): JsonFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonFields) : {};

export const jsonBodyOf = (answered: Pick<ProbeAnswer, 'text'>): JsonFields => fieldsOf(jsonIn(answered));
export const metaOf = (answered: Pick<ProbeAnswer, 'text'>): JsonFields =>
  fieldsOf(jsonBodyOf(answered).meta);
export const responseOf = (answered: Pick<ProbeAnswer, 'text'>): unknown => jsonBodyOf(answered).response;

/** The status as the body says it, of resources or of OAuth; `undefined` when it says none. */
export function statusOf(answered: Pick<ProbeAnswer, 'text'>): unknown {
  return metaOf(answered).status ?? jsonBodyOf(answered).error;
}

export type BodyFormat = 'json' | 'xml' | 'yaml';

/** `meta` as a client of the format reads it, all values as text; `undefined` when there is none or the format is another. */
export function metaIn(text: string, format: BodyFormat): Readonly<Record<string, string>> | undefined {
  if (format === 'xml') return metaInXml(text);
  let body: unknown;
  try {
    body = format === 'json' ? JSON.parse(text) : parseYaml(text);
  } catch {
    return undefined;
  }
  const { meta } = fieldsOf(body);
  if (meta === undefined) return undefined;
  return Object.fromEntries(Object.entries(fieldsOf(meta)).map(([name, value]) => [name, String(value)]));
}

/** The envelope is so plain that its elements can be told by their names. */
function metaInXml(text: string): Readonly<Record<string, string>> | undefined {
  const meta = /<meta>([\s\S]*?)<\/meta>/.exec(text)?.[1];
  if (meta === undefined) return undefined;
  return Object.fromEntries(
    [...meta.matchAll(/<(\w+)(?: [^>]*)?>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value]),
  );
}

/** Whether a text is of the format, in the shape that the envelope has there. */
export function isFormat(text: string, format: BodyFormat): boolean {
  if (format === 'xml') return /^<\?xml [^>]*\?>\s*<api>[\s\S]*<\/api>\s*$/.test(text);
  try {
    const body = fieldsOf(format === 'json' ? JSON.parse(text) : parseYaml(text));
    // Every JSON text is YAML: one that begins with a brace was not written as YAML.
    return 'response' in body && (format === 'json' || !text.trimStart().startsWith('{'));
  } catch {
    return false;
  }
}
