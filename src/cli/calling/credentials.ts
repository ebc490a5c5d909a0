import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../contract/failure.ts';

/** What `accord call` keeps of one server: who it is there, and the token it has at present. */
export interface Credentials {
  readonly client_id: string;
  readonly client_secret?: string | undefined;
  readonly scope?: string | undefined;
  readonly access_token: string;
  /** Unix seconds. */
  readonly date_expires: number;
  readonly refresh_token?: string | undefined;
}

/** By origin, such as `http://planet-express.api.localhost:4280`; `current` is the one last logged in to. */
export interface Kept {
  readonly current: string;
  readonly servers: Readonly<Record<string, Credentials>>;
}

const nothing: Kept = Object.freeze({ current: '', servers: {} });

export const fileIn = (data: string): string => join(data, 'credentials.json');

export async function readKept(data: string): Promise<Kept> {
  const text = await readFile(fileIn(data), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure(`${fileIn(data)} cannot be read: ${error.message}`);
  });
  if (text === undefined) return nothing;
  try {
    const { current, servers } = JSON.parse(text) as Partial<Kept>;
    if (typeof current === 'string' && typeof servers === 'object' && servers !== null)
      return { current, servers };
  } catch {
    // As below: whoever wrote it, it is of no use.
  }
  throw new Failure(`${fileIn(data)} is not what accord call login writes: remove it and log in again`);
}

/** Readable by its owner only; replaced as a whole, so that a reader never meets half of it. */
export async function keep(data: string, origin: string, credentials: Credentials): Promise<void> {
  const { servers } = await readKept(data);
  await mkdir(data, { recursive: true });
  const kept: Kept = { current: origin, servers: { ...servers, [origin]: credentials } };
  const file = fileIn(data);
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  await chmod(next, 0o600);
  await rename(next, file);
}
