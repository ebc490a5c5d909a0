import { hkdfSync, randomBytes } from 'node:crypto';
import { Clash, type Store } from '../store/store.ts';

/** Secrets of the server itself, the same in every process on one database. */
export interface Keys {
  /** A key of 32 bytes for one purpose in one deployment: what is signed with it is not valid in another. */
  of(purpose: string, deployment: number): Promise<Buffer>;
}

const columns = ['secret'] as const;
/** There is one key; a second would be for replacing it. */
const name = 'root';

/** The root is made by whichever process needs it first, and read once by each. */
export function createKeys(store: Store, clock: () => number): Keys {
  let root: Promise<Buffer> | undefined;
  const read = async (): Promise<Buffer> => (await find(store)) ?? make(store, clock());
  return Object.freeze<Keys>({
    of: async (purpose, deployment) => {
      root ??= read().catch((error: unknown) => {
        // The database is away: the next request tries again.
        root = undefined;
        throw error;
      });
      const info = `accord ${purpose} ${deployment}`;
      return Buffer.from(hkdfSync('sha256', await root, '', info, 32));
    },
  });
}

async function find(store: Store): Promise<Buffer | undefined> {
  const row = await store.find(0, 'server_keys', columns, { name });
  return row && Buffer.from(row.secret as string, 'base64url');
}

async function make(store: Store, now: number): Promise<Buffer> {
  const secret = randomBytes(32);
  try {
    await store.within((writing) =>
      writing.insert(0, 'server_keys', { name, secret: secret.toString('base64url'), date_created: now }),
    );
    return secret;
  } catch (error) {
    // Another process was faster, and its key is everybody's.
    const found = error instanceof Clash ? await find(store) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}
