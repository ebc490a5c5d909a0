import { readdir } from 'node:fs/promises';

/** A module that stands in a folder because of what it is: one file a resource, one file a rule. */
export interface LoadedModule<T> {
  /** The name of its file, without the extension. */
  readonly name: string;
  readonly default: T;
}

/** As it is written, or as it was built: declarations and source maps stand beside it then. */
const moduleFile = /^([\w-]+)\.[jt]s$/;

/** Every module of a folder by its default export, in the order of their names. */
export async function modulesIn<T>(folder: URL): Promise<readonly LoadedModule<T>[]> {
  const names = (await readdir(folder)).filter((file) => moduleFile.test(file)).sort();
  return Promise.all(
    names.map(async (file): Promise<LoadedModule<T>> => {
      const { default: found } = (await import(new URL(file, folder).href)) as { default: T };
      return { name: file.replace(moduleFile, '$1'), default: found };
    }),
  );
}
