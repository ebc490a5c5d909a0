import type { Readable } from 'node:stream';

/** A complete upload that belongs to nobody yet. It is gone unless it is kept. */
export interface Staged {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Makes it durable in a deployment, once. Returns its key. */
  keep(deployment: number): Promise<string>;
  /** Removes it if it was not kept. Never rejects. */
  drop(): Promise<void>;
}

/** Both ends are included, as in HTTP. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface OpenedFile {
  /** Bytes of `content`. */
  readonly length: number;
  /** To be read to its end, or destroyed. */
  readonly content: Readable;
}

/**
 * Where the contents of files are kept; their names and owners are in the store. A file is found by its deployment
 * and its key, so that no key opens another deployment's file. Rejects with `FileMissing` or `FilesAway`.
 */
export interface Files {
  /** Streams a file to a temporary place. When the stream fails it rejects, and nothing is left. */
  put(content: AsyncIterable<Uint8Array>): Promise<Staged>;
  open(deployment: number, key: string, range?: Range): Promise<OpenedFile>;
  /** Resolves also when it is not there. */
  remove(deployment: number, key: string): Promise<void>;
  /** Copies a file to another deployment under the same key. Removing one leaves the other alone. Resolves also when it is there already. */
  copy(from: number, to: number, key: string): Promise<void>;
  /** Removes these files of a deployment, and whatever else is stored for it. */
  clear(deployment: number, keys: readonly string[]): Promise<void>;
  /** Removes what interrupted uploads left behind. Returns how many. */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

/** There is no file of this key. */
export class FileMissing extends Error {
  override readonly name = 'FileMissing';
}

/** The storage cannot be reached, or has no room. */
export class FilesAway extends Error {
  override readonly name = 'FilesAway';
}

/** Keys are made by us; one that is read from a row must not lead out of its deployment's folder. */
export const isKey = (key: string): boolean => /^[0-9a-f]{32}$/.test(key);
