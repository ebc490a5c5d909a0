import { fieldsOf, responseOf } from './reading.ts';
import { api, bearer, type ProbeAnswer, type Sending } from './sending.ts';

/** An object that a run made. */
export interface Leftover {
  /** The path of its list, such as `/companies`. */
  readonly list: string;
  readonly id: string;
}

/**
 * Removes what a run made: what it knows of, newest first, and whatever bears its mark although the answer that told of it was lost.
 * Answers what could not be removed.
 */
export async function remains(
  send: (sending: Sending) => Promise<ProbeAnswer>,
  token: string,
  made: readonly Leftover[],
  mark: string,
): Promise<readonly Leftover[]> {
  const headers = bearer(token);
  const known = new Map(made.map((each) => [`${each.list}/${each.id}`, each]));
  for (const list of new Set(['/companies', ...made.map((each) => each.list)])) {
    const path = `${api}${list}?_limit=100&_search=${encodeURIComponent(mark)}`;
    const found = await send({ path, headers }).catch(() => undefined);
    const rows = found ? responseOf(found) : undefined;
    // Searches find more than was asked for.
    for (const row of Array.isArray(rows) ? rows.map(fieldsOf) : [])
      if (String(row.name).startsWith(mark)) known.set(`${list}/${row.id}`, { list, id: String(row.id) });
  }
  const left: Leftover[] = [];
  for (const [path, each] of [...known].reverse()) {
    const answered = await send({ method: 'DELETE', path: `${api}${path}`, headers }).catch(() => undefined);
    const gone =
      answered !== undefined &&
      ((answered.http >= 200 && answered.http < 300) || (await isMissing(send, headers, path)));
    if (!gone) left.push(each);
  }
  return left;
}

async function isMissing(
  send: (sending: Sending) => Promise<ProbeAnswer>,
  headers: Readonly<Record<string, string>>,
  path: string,
): Promise<boolean> {
  const read = await send({ path: `${api}${path}`, headers }).catch(() => undefined);
  // Whatever a server says of it: its contract may be another.
  return read !== undefined && [400, 404, 410].includes(read.http);
}
