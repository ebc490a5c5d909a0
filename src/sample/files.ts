import type { Files } from '../files/files.ts';
import { insertUpload, type KeptFile } from '../verbs/resources/kept-file.ts';
import { day, type SampleWriter } from './writer.ts';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Files that differ in type and size, one for each kind of object with collections. */
const contents: readonly (readonly [title: string, mimetype: string, content: Buffer])[] = [
  ['good-news.txt', 'text/plain', Buffer.from('Good news, everyone!\n')],
  ['deliveries.csv', 'text/csv', Buffer.from('planet,crates\nMars,3\nLuna,1\n')],
  ['crate.png', 'image/png', Buffer.from(pixel, 'base64')],
  ['route.json', 'application/json', Buffer.from('{"from":"New New York","to":"Mars"}\n')],
];

/** Where collections are: the resource, and what its objects are called. */
const holders: readonly (readonly [resource: string, singular: string])[] = [
  ['companies', 'company'],
  ['contacts', 'contact'],
  ['contracts', 'contract'],
  ['issues', 'issue'],
  ['jobs', 'job'],
  ['prospects', 'prospect'],
  ['quotes', 'quote'],
];

async function* once(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}

/** Makes the contents durable, before the transaction that writes their rows. */
export async function keepSampleFiles(files: Files, deployment: number): Promise<readonly KeptFile[]> {
  const kept: KeptFile[] = [];
  for (const [title, mimetype, content] of contents) {
    const staged = await files.put(once(content));
    const { size, sha256 } = staged;
    kept.push({ key: await staged.keep(deployment), title, mimetype, size, sha256 });
  }
  return kept;
}

/** A collection for the first object of each kind that has them, and the files in them. Answers the ids of the files. */
export async function writeFiles(w: SampleWriter, kept: readonly KeptFile[]): Promise<readonly number[]> {
  const collections: number[] = [];
  for (const [resource, singular] of holders) {
    const [id] = w.ids(resource);
    if (id === undefined) continue;
    collections.push(
      await w.put('collections', { title: 'Attachments', against_type: singular, against_id: id }),
    );
  }
  if (collections.length === 0) return [];
  const resources: number[] = [];
  const inside = w.inside({ at: w.now - day });
  for (const [i, file] of kept.entries())
    resources.push(
      await insertUpload(inside, file, { collection: collections[i % collections.length] ?? null }),
    );
  const [expense] = w.ids('expenses');
  const [receipt] = resources;
  if (expense !== undefined && receipt !== undefined) await w.set('expenses', expense, { resource: receipt });
  return resources;
}
