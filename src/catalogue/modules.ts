import { readdir } from 'node:fs/promises';

/** A module that stands in a folder because of what it is: one file a resource, one file a rule. */
export interface LoadedModule<T> {
  /** The name of its file, without the extension. */
  readonly name: string;
  readonly default: T;
}

/** As it is written, or as it was built: declarations and source maps stand beside it then. */
const moduleFile = /^([\w-]+)\.[jt]s$/;

/** Where the modules of a folder are, in the order of their names. */
export async function moduleFilesIn(
  folder: URL,
): Promise<readonly { readonly name: string; readonly url: string }[]> {
  const files = (await readdir(folder)).filter((file) => moduleFile.test(file)).sort();
  return files.map((file) => ({ name: file.replace(moduleFile, '$1'), url: new URL(file, folder).href }));
}

/** Every module of a folder by its default export, in the order of their names. */
export async function modulesIn<T>(folder: URL): Promise<readonly LoadedModule<T>[]> {
  return Promise.all(
    (await moduleFilesIn(folder)).map(async ({ name, url }): Promise<LoadedModule<T>> => {
      const { default: found } = (await import(url)) as { default: T };
      return { name, default: found };
    }),
  );
}
