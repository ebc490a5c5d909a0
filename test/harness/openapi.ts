import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { version } from '../../src/console/version.ts';
import { type OpenApiFormat, openApiFile } from '../../src/openapi/file.ts';

export const methods = ['get', 'post', 'put', 'delete'] as const;
export type Method = (typeof methods)[number];

export type Schema = boolean | { readonly [key: string]: unknown };

interface Media {
  readonly schema: Schema;
  readonly examples?: { readonly recorded?: { readonly value: unknown } };
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Referred {
  readonly $ref: string;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly (Parameter | Referred)[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Media>>; readonly $ref?: string }>
  >;
  readonly 'x-statuses': Readonly<Record<string, readonly string[]>>;
}

/** What tests read of the OpenAPI document. */
export interface Document {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Partial<Record<Method, Operation>>> & {
        readonly parameters?: readonly (Parameter | Referred)[];
        readonly servers?: readonly unknown[];
      }
    >
  >;
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
  };
  readonly 'x-elsewhere': Readonly<Record<string, readonly string[]>>;
}

/** The text of the document, as a server of this catalogue sends it. */
export async function readDocumentText(format: OpenApiFormat = 'json'): Promise<string> {
  const { bytes } = await openApiFile(await loadCatalogue(), format, version);
  return bytes.toString('utf8');
}

export const readDocument = async (): Promise<Document> => JSON.parse(await readDocumentText()) as Document;

/** What a caller may take out of an answer; the document describes a whole one. */
export interface TakenOut {
  readonly meta?: boolean;
  readonly message?: boolean;
  /** Fields that are returned without being asked for. */
  readonly defaults?: boolean;
}

/** The document as it is for who takes these out: nothing of them is required. */
export function without(document: Document, { meta, message, defaults }: TakenOut): Document {
  const text = JSON.stringify(document, (_, value: unknown) => {
    const { required, ...others } = (value ?? {}) as Readonly<Record<string, unknown>>;
    if (!Array.isArray(required)) return value;
    const names = (required as readonly string[]).filter(
      (name) =>
        !(meta && name === 'meta') &&
        !(message && (name === 'message' || name === 'more_info')) &&
        !(defaults && others['x-resource'] !== undefined),
    );
    return { ...others, required: names };
  });
  return JSON.parse(text) as Document;
}

/** Whether a value is what the document says; each gives the problems that it found. */
export interface Validators {
  /** The body of an answer, JSON. */
  answer(path: string, method: Method, code: string, value: unknown): readonly string[];
  /** Anything that is said to be of this schema. */
  schema(name: string, value: unknown): readonly string[];
  /** The body of a request. */
  body(path: string, method: Method, type: string, value: unknown): readonly string[];
}

/** Validates by JSON Schema 2020-12, against the document itself: its references are followed as they stand. */
export function validators(document: Document): Validators {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(document as object, 'openapi.json');
  const known = new Map<string, ValidateFunction>();
  const at = (...parts: readonly string[]): string =>
    `openapi.json#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  const check = (pointer: string, value: unknown): readonly string[] => {
    let validate = known.get(pointer);
    if (!validate) {
      validate = ajv.compile({ $ref: pointer });
      known.set(pointer, validate);
    }
    return validate(value) ? [] : [ajv.errorsText(validate.errors)];
  };
  return {
    answer: (path, method, code, value) => {
      const response = document.paths[path]?.[method]?.responses[code];
      if (!response) return [`${code} is not described`];
      const name = response.$ref?.split('/').at(-1);
      const where = name ? ['components', 'responses', name] : ['paths', path, method, 'responses', code];
      return check(at(...where, 'content', 'application/json', 'schema'), value);
    },
    schema: (name, value) => check(at('components', 'schemas', name), value),
    body: (path, method, type, value) =>
      check(at('paths', path, method, 'requestBody', 'content', type, 'schema'), value),
  };
}
