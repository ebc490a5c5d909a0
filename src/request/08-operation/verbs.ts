import type { Catalogue } from '../../catalogue/catalogue.ts';
import { modulesIn } from '../../catalogue/modules.ts';
import type { Verb } from './verb.ts';

/** By the name that the rows of the catalogue use: `timers.start`. */
export type Verbs = ReadonlyMap<string, Verb>;

/** What a file of verbs exports: its verbs by their keys, or the one verb that has the name of the file. */
type VerbFile = Verb | Readonly<Record<string, Verb>>;

/** Reads a folder of verbs: the default export `start` of `timers.ts` is `timers.start`, the verb that `user.ts` exports is `user`. */
export async function loadVerbs(folder: URL): Promise<Verbs> {
  const files = await modulesIn<VerbFile>(folder);
  return new Map(files.flatMap(({ name, default: found }) => namedVerbs(name, found)));
}

const isVerb = (found: VerbFile): found is Verb => typeof found.kind === 'string';

function namedVerbs(file: string, found: VerbFile): readonly (readonly [name: string, verb: Verb])[] {
  if (isVerb(found)) return [[file, found]];
  return Object.entries(found).map(([key, verb]) => [`${file}.${key}`, verb] as const);
}

/** Throws for a row that names a verb that does not exist, or whose method does not fit: GET reads, the others write. */
export function checkVerbs(catalogue: Catalogue, verbs: Verbs): void {
  for (const resource of catalogue.resources.values()) {
    for (const { verb: name, method, path } of resource.requests) {
      if (name === undefined) continue;
      const verb = verbs.get(name);
      if (!verb) throw new Error(`${method} ${path} names a verb ${name}, which does not exist`);
      if (verb.kind !== (method === 'GET' ? 'read' : 'write'))
        throw new Error(`${method} ${path} cannot be served by ${name}, which ${verb.kind}s`);
    }
  }
}
