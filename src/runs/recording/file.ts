import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Exchange, Reads, Recorded } from './exchange.ts';
import { createRun, type RunLimits, type RunState } from './run.ts';

/** The first line of a file of exchanges. */
export interface Heading {
  readonly accord: 'exchanges';
  readonly version: 1;
  readonly name: string;
  /** Unix milliseconds. */
  readonly started: number;
  /** Of a run that has ended before it was written. */
  readonly ended?: number;
  readonly upstream?: string;
}

export const heading = (more: Omit<Heading, 'accord' | 'version'>): string =>
  `${JSON.stringify({ accord: 'exchanges', version: 1, ...more })}\n`;

export const exchangeLine = (exchange: Exchange): string => `${JSON.stringify(exchange)}\n`;
export const readsLine = (reads: Reads): string => `${JSON.stringify({ reads })}\n`;

/** A run as a file: a heading, then one line an exchange. */
export function writeRun({ name, started, ended }: RunState, { exchanges, reads }: Recorded): string {
  const first = heading({ name, started, ...(ended === undefined ? {} : { ended }) });
  return [first, ...exchanges.map(exchangeLine), ...reads.map(readsLine)].join('');
}

const fileLimits: RunLimits = Object.freeze({
  exchanges: 100_000,
  bodies: 64 * 2 ** 20,
  rest: 256 * 2 ** 20,
});

/** Reads such a file; `torn`: its last line is half of one, because its writer was killed. Throws an `Error` fit for people. */
export async function readRun(
  file: string,
): Promise<{ readonly state: RunState; readonly recorded: Recorded; readonly torn: boolean }> {
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let run: ReturnType<typeof createRun> | undefined;
  let ended: number | undefined;
  let torn: number | undefined;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (torn !== undefined) throw new Error(`line ${torn} of ${file} is no exchange: was the file edited?`);
    const tree = parsed(line);
    if (!run) {
      const first = tree as Partial<Heading> | undefined;
      if (first?.accord !== 'exchanges' || first.version !== 1 || typeof first.started !== 'number')
        throw new Error(`${file} is not what accord record or accord sandbox run show --lines writes`);
      run = createRun(String(first.name), first.started, fileLimits);
      ended = first.ended;
    } else if (isReads(tree)) run.read([tree.reads]);
    else if (isExchange(tree)) {
      run.add(tree);
      ended ??= tree.ended;
    } else torn = number;
  }
  if (!run) throw new Error(`${file} is empty`);
  const last = run.recorded.exchanges.at(-1);
  run.end(Math.max(ended ?? run.state.started, last?.ended ?? 0));
  return { state: run.state, recorded: run.recorded, torn: torn !== undefined };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const isReads = (tree: unknown): tree is { readonly reads: Reads } =>
  typeof tree === 'object' && tree !== null && typeof (tree as { reads?: Reads }).reads?.request === 'string';

const isExchange = (tree: unknown): tree is Exchange => {
  if (typeof tree !== 'object' || tree === null) return false;
  const { id, at, began, ended, method, path, answer, parameters, headers, query, inUrl, body, status } =
    tree as Partial<Exchange>;
  return (
    [id, method, path, status].every((each) => typeof each === 'string') &&
    [at, began, ended].every(Number.isFinite) &&
    [parameters, headers, query, body, answer?.headers, answer?.body].every(
      (each) => typeof each === 'object',
    ) &&
    Array.isArray(inUrl)
  );
};
