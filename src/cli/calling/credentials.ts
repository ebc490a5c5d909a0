import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../contract/failure.ts';

/** What `accord call` keeps of one server: who it is there, and the token it has at present. */
export interface CallCredentials {
  readonly client_id: string;
  readonly client_secret?: string | undefined;
  readonly scope?: string | undefined;
  readonly access_token: string;
  /** Unix seconds. */
  readonly date_expires: number;
  readonly refresh_token?: string | undefined;
}

/** By origin, such as `http://planet-express.api.localhost:4280`; `current` is the one last logged in to. */
export interface KeptCredentials {
  readonly current: string;
  readonly servers: Readonly<Record<string, CallCredentials>>;
}

const nothing: KeptCredentials = Object.freeze({ current: '', servers: {} });

const fileIn = (data: string): string => join(data, 'credentials.json');

export async function readCredentials(data: string): Promise<KeptCredentials> {
  const text = await readFile(fileIn(data), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure(`${fileIn(data)} cannot be read: ${error.message}`);
  });
  if (text === undefined) return nothing;
  try {
    const { current, servers } = JSON.parse(text) as Partial<KeptCredentials>;
    if (typeof current === 'string' && typeof servers === 'object' && servers !== null)
      return { current, servers };
  } catch {
    // Refused below.
  }
  throw new Failure(`${fileIn(data)} is not what accord call login writes: remove it and log in again`);
}

/** Readable by its owner only; replaced as a whole, so that a reader never reads half of it. */
export async function keepCredentials(
  data: string,
  origin: string,
  credentials: CallCredentials,
): Promise<void> {
  const { servers } = await readCredentials(data);
  await mkdir(data, { recursive: true });
  const kept: KeptCredentials = { current: origin, servers: { ...servers, [origin]: credentials } };
  const file = fileIn(data);
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  await chmod(next, 0o600);
  await rename(next, file);
}
