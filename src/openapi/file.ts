import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Tree } from '../contract/answer.ts';
import type { Examples } from './examples.ts';

export type OpenApiFormat = 'json' | 'yaml';

/** The OpenAPI document as it is sent. */
export interface OpenApiFile {
  readonly bytes: Buffer;
  /** Of these bytes; quoted, as `ETag` has it. */
  readonly etag: string;
}

const files = new WeakMap<Catalogue, Map<OpenApiFormat, Promise<OpenApiFile>>>();

/**
 * The document of a catalogue, in one format. It is made when it is first needed, from the catalogue, the contract and the recorded examples; of
 * all that is made on the way only the bytes are kept. `version` is that of the server.
 */
export function openApiFile(
  catalogue: Catalogue,
  format: OpenApiFormat,
  version: string,
): Promise<OpenApiFile> {
  const known = files.get(catalogue) ?? new Map<OpenApiFormat, Promise<OpenApiFile>>();
  files.set(catalogue, known);
  let file = known.get(format);
  if (!file) {
    file = (format === 'json' ? makeJson : makeYaml)(catalogue, version).then(fileOf);
    known.set(format, file);
    file.catch(() => known.delete(format));
  }
  return file;
}

function fileOf(text: string): OpenApiFile {
  const bytes = Buffer.from(text);
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

// The generator is loaded here and not at the start: most servers are never asked for the document.
async function makeJson(catalogue: Catalogue, version: string): Promise<string> {
  const { openapi } = await import('./document.ts');
  return `${JSON.stringify(openapi(catalogue, readExamples(), version), null, 1)}\n`;
}

async function makeYaml(catalogue: Catalogue, version: string): Promise<string> {
  const { bytes } = await openApiFile(catalogue, 'json', version);
  const { blockYaml } = await import('./yaml.ts');
  return blockYaml(JSON.parse(bytes.toString('utf8')) as Tree);
}

/** Read and not imported: an imported file would stay in memory. */
const readExamples = (): Examples =>
  JSON.parse(readFileSync(new URL('./examples.json', import.meta.url), 'utf8')) as Examples;
