import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Resource } from '../../catalogue/resource.ts';
import { Failure } from '../failure.ts';
import { nearest } from '../nearest.ts';

type Json = Readonly<Record<string, unknown>>;

/** One object of a file, as it stands there. */
export interface Found {
  readonly resource: Resource;
  readonly row: Json;
  /** Where it is, for messages: `companies[3]`, `line 4 (companies)`. */
  readonly place: string;
}

/**
 * The objects of a file (`-`: of stdin), in either of two forms:
 * - JSON: `{"companies": [{…}, …], "contacts": […]}`; a single object may stand without its list;
 * - NDJSON, one value a line: `{"resource": "companies", …}`, or `{"companies": {…}}` as above.
 */
export async function readObjects(file: string, catalogue: Catalogue): Promise<readonly Found[]> {
  const found: Found[] = [];
  const lines: string[] = [];
  let first: Json | undefined;
  let lineOfFirst = 1;
  let number = 0;
  let filled = 0;
  for await (const line of linesOf(file)) {
    const text = number++ === 0 && line.startsWith('\ufeff') ? line.slice(1) : line;
    if (text.trim() === '') continue;
    // A first line that is a whole object, and more after it: one value a line.
    if (++filled === 1) first = objectIn(text);
    if (first === undefined) lines.push(text);
    else if (filled > 1) {
      if (filled === 2) found.push(...objectsIn(first, `line ${lineOfFirst}`, catalogue));
      const value = objectIn(text);
      if (value === undefined)
        throw new Failure(`line ${number} is no JSON object: ${problem(text)}; nothing was loaded`);
      for (const each of objectsIn(value, `line ${number}`, catalogue)) found.push(each);
    } else lineOfFirst = number;
  }
  if (filled === 0)
    throw new Failure(
      `${file === '-' ? 'standard input' : file} is empty: {"companies": [{"name": "…"}]} is wanted`,
    );
  if (first !== undefined) return filled === 1 ? [...objectsIn(first, undefined, catalogue)] : found;
  const text = lines.join('\n');
  const document = objectIn(text);
  if (document === undefined) {
    throw new Failure(
      `the file is neither an object of lists, {"companies": [{"name": "…"}]}, nor one object a line: ${problem(text)}; nothing was loaded`,
    );
  }
  return [...objectsIn(document, undefined, catalogue)];
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 2 ** 20 });
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure(
      code === 'ENOENT'
        ? `there is no file ${file}: check its path, or give - for standard input`
        : `${file} cannot be read: ${message}`,
    );
  }
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

function problem(text: string): string {
  try {
    return `it is ${Array.isArray(JSON.parse(text)) ? 'a list' : 'a single value'}`;
  } catch (error) {
    return (error as Error).message.replaceAll('\n', ' ');
  }
}

/** The objects of `{"companies": [{…}, …]}` or `{"resource": "companies", …}`; `line`: which of a file it is. */
export function* objectsIn(value: Json, line: string | undefined, catalogue: Catalogue): Generator<Found> {
  if (typeof value.resource === 'string') {
    const { resource: name, ...row } = value;
    const place = line === undefined ? String(name) : `${line} (${name})`;
    yield { resource: named(String(name), place, catalogue), row, place };
    return;
  }
  for (const [name, given] of Object.entries(value)) {
    const resource = named(name, line ?? name, catalogue);
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    for (const [i, row] of list.entries()) {
      const place =
        line === undefined
          ? `${name}[${i}]`
          : list.length === 1
            ? `${line} (${name})`
            : `${line} (${name}[${i}])`;
      if (!isObject(row)) throw new Failure(`${place} is no object: {…} is wanted; nothing was loaded`);
      yield { resource, row, place };
    }
  }
}

function named(name: string, place: string, { resources }: Catalogue): Resource {
  const found = resources.get(name);
  if (found) return found;
  const close = nearest(name, resources.keys());
  throw new Failure(
    `${place}: there is no resource named ${name.slice(0, 60)}${close || `; there is ${[...resources.keys()].join(', ')}`}`,
  );
}
