import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { readLimit } from '../../runs/recording/compose.ts';

/** What went by: how much, and the beginning of it when it is all of it. */
export interface Tap {
  take(chunk: Buffer): void;
  readonly bytes: number;
  /** `undefined` when there was more than is kept. */
  whole(): Buffer | undefined;
}

/** Keeps a copy of a body that goes by, up to `readLimit` bytes. */
export function tap(): Tap {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return {
    take: (chunk) => {
      bytes += chunk.length;
      if (bytes <= readLimit) chunks.push(chunk);
      else chunks = [];
    },
    get bytes() {
      return bytes;
    },
    whole: () => (bytes <= readLimit ? Buffer.concat(chunks) : undefined),
  };
}

type Inflate = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

const inflaters: Readonly<Record<string, Inflate | undefined>> = Object.freeze({
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
});

/** A body as it was before its `Content-Encoding`; `undefined` when that is unknown, broken, or it grows beyond `readLimit`. */
export function plainBody(bytes: Buffer, encoding: string | undefined): Buffer | undefined {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return bytes;
  try {
    return inflaters[name]?.(bytes, { maxOutputLength: readLimit });
  } catch {
    return undefined;
  }
}
