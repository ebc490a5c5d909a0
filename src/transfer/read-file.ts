import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import { Failure } from '../contract/failure.ts';
import { nearest } from '../contract/nearest.ts';
import { jsonPositions, jsonProblems } from './positions.ts';
import type { Place, Position, Problems } from './problems.ts';

type Json = Readonly<Record<string, unknown>>;

/** One object of a file, as it stands there. */
export interface FoundObject extends Place {
  readonly resource: Resource;
  readonly row: Json;
}

/** What is read: a file, or standard input. */
export interface Input {
  /** For messages. */
  readonly name: string;
  open(): Readable;
}

export const fileInput = (path: string): Input => ({
  name: path,
  open: () => createReadStream(path, { highWaterMark: 2 ** 20 }),
});

/** Where the objects of a value stand, and what collects the problems with them. */
export interface ReadContext {
  readonly catalogue: Catalogue;
  readonly problems: Problems;
  /** Which line of a file the value is, in words; `undefined`: it is all of it. */
  readonly line?: string | undefined;
  readonly positions?: ((path: (string | number)[], field?: string) => Position | undefined) | undefined;
}

/**
 * The objects of a file, in either of two forms:
 * - JSON: `{"companies": [{…}, …], "contacts": […]}`; a single object may stand without its list;
 * - NDJSON, one value a line: `{"resource": "companies", …}`, or `{"companies": {…}}` as above.
 * What cannot be read goes to `problems`.
 */
export async function readObjects(
  input: Input,
  catalogue: Catalogue,
  problems: Problems,
): Promise<readonly FoundObject[]> {
  const found: FoundObject[] = [];
  const lines: string[] = [];
  let first: Json | undefined;
  let number = 0;
  let filled = 0;
  const readLine = (text: string, at: number): void => {
    const value = objectIn(text);
    const line = `line ${at}`;
    if (value === undefined) addUnreadable(text, `${line} is no JSON object`, problems, at);
    else
      found.push(...objectsOfValue(value, { catalogue, problems, line, positions: jsonPositions(text, at) }));
  };
  for await (const line of linesOf(input)) {
    const text = number++ === 0 && line.startsWith('\ufeff') ? line.slice(1) : line;
    // A first line that is a whole object, and more after it: one value a line.
    if (text.trim() !== '' && ++filled === 1) first = objectIn(text);
    if (first === undefined || filled < 2) lines.push(text);
    else if (text.trim() !== '') {
      if (filled === 2) readLine(lines.join('\n').trim(), lines.findIndex((each) => each.trim() !== '') + 1);
      readLine(text, number);
    }
  }
  if (filled === 0) throw new Failure(`${input.name} is empty: {"companies": [{"name": "…"}]} is wanted`);
  if (first !== undefined && filled > 1) return found;
  const text = lines.join('\n');
  const document = objectIn(text);
  if (document !== undefined)
    return [...objectsOfValue(document, { catalogue, problems, positions: jsonPositions(text) })];
  const wanted = '{"companies": [{"name": "…"}]}';
  addUnreadable(
    text,
    `the file is neither an object of lists, ${wanted}, nor one object a line`,
    problems,
    1,
  );
  return found;
}

/** The bytes of an input, as they come. Throws a `Failure` when it cannot be read. */
export async function* chunksOf(input: Input): AsyncGenerator<Buffer> {
  try {
    yield* input.open() as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(input.name, error);
  }
}

async function* linesOf(input: Input): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: input.open(), crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw unreadable(input.name, error);
  }
}

function unreadable(file: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Failure(
    code === 'ENOENT'
      ? `there is no file ${file}: check its path, or give - for standard input`
      : `${file} cannot be read: ${message}`,
  );
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function objectIn(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Adds every problem of a text that is no JSON object. */
function addUnreadable(text: string, problem: string, problems: Problems, line: number): void {
  try {
    problems.add(`${problem}: it is ${Array.isArray(JSON.parse(text)) ? 'a list' : 'a single value'}.`);
  } catch (error) {
    const found = jsonProblems(text, line);
    for (const [message, at] of found) problems.add(`${problem}: ${message}.`, at);
    if (found.length === 0) problems.add(`${problem}: ${(error as Error).message.replaceAll('\n', ' ')}.`);
  }
}

/** The objects of `{"companies": [{…}, …]}` or `{"resource": "companies", …}`. */
export function* objectsOfValue(value: Json, context: ReadContext): Generator<FoundObject> {
  const { line, positions } = context;
  if (typeof value.resource === 'string') {
    const { resource: name, ...row } = value;
    const place = line === undefined ? name : `${line} (${name})`;
    const resource = resourceFor(name, place, context, positions?.([], 'resource'));
    if (resource) yield { resource, row, place, at: (field) => positions?.([], field) };
    return;
  }
  for (const [name, given] of Object.entries(value)) {
    const resource = resourceFor(name, line ?? name, context, positions?.([], name));
    if (!resource) continue;
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    for (const [i, row] of list.entries()) {
      const path = Array.isArray(given) ? [name, i] : [name];
      const at = (field?: string): Position | undefined => positions?.([...path], field);
      const which = list.length === 1 ? name : `${name}[${i}]`;
      const place = line === undefined ? `${name}[${i}]` : `${line} (${which})`;
      if (isObject(row)) yield { resource, row, place, at };
      else context.problems.add(`${place} is no object: {…} is wanted.`, at());
    }
  }
}

/** The resource of a name; an unknown name is a problem. */
function resourceFor(
  name: string,
  place: string,
  { catalogue: { resources }, problems }: ReadContext,
  at?: Position,
): Resource | undefined {
  const found = resources.get(name);
  if (found) return found;
  const close = nearest(name, resources.keys());
  const there = close || `; there is ${[...resources.keys()].join(', ')}`;
  problems.add(`${place}: there is no resource named ${name.slice(0, 60)}${there}.`, at);
  return undefined;
}
