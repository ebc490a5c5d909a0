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
  let byLine: boolean | undefined;
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    const text = number === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
    // A first line that is a whole object begins NDJSON; a JSON document in one line is read the same way.
    if (byLine === undefined && text.trim() !== '') byLine = isObject(parsed(text));
    if (!byLine) lines.push(text);
    else if (text.trim() !== '') {
      const value = parsed(text);
      if (!isObject(value))
        throw new Failure(`line ${number} is no JSON object: ${problem(text)}; nothing was loaded`);
      for (const each of objectsIn(value, `line ${number}`, catalogue)) found.push(each);
    }
  }
  if (byLine) return found;
  const text = lines.join('\n');
  if (text.trim() === '')
    throw new Failure(
      `${file === '-' ? 'standard input' : file} is empty: {"companies": [{"name": "…"}]} is wanted`,
    );
  const value = parsed(text);
  if (value === undefined)
    throw new Failure(`the file is neither JSON nor NDJSON: ${problem(text)}; nothing was loaded`);
  if (!isObject(value))
    throw new Failure(
      'the file is no object of lists: {"companies": [{"name": "…"}]} is wanted; nothing was loaded',
    );
  return [...objectsIn(value, undefined, catalogue)];
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 2 ** 20 });
  // A line interface swallows the errors of what it reads.
  let failed: NodeJS.ErrnoException | undefined;
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  input.once('error', (error: NodeJS.ErrnoException) => {
    failed = error;
    lines.close();
  });
  yield* lines;
  if (failed)
    throw new Failure(
      failed.code === 'ENOENT'
        ? `there is no file ${file}: check its path, or - for standard input`
        : `${file} cannot be read: ${failed.message}`,
    );
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
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

function* objectsIn(value: Json, line: string | undefined, catalogue: Catalogue): Generator<Found> {
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
