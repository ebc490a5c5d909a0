import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Answer } from '../contract/answer.ts';
import { statuses } from '../contract/statuses.ts';
import { openApiFile } from '../openapi/file.ts';
import type { Received } from '../request/01-transport/received.ts';
import { bases } from '../request/05-route/resolve.ts';
import { concludeApi } from '../request/10-status/api.ts';
import { enter, type PublicHandler } from '../request/walk.ts';
import { version } from './version.ts';

/** What the document says, as far as the reference pages read it. */
export interface OpenApi {
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly schemas: Readonly<Record<string, DocumentSchema>>;
  };
}

export type PathItem = Readonly<Partial<Record<'get' | 'post' | 'put' | 'delete', Operation>>> & {
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly servers?: readonly { readonly url: string }[];
};

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Reference; readonly examples?: Recorded }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<
          Record<string, { readonly schema?: DocumentSchema; readonly examples?: Recorded }>
        >;
      }
    >
  >;
  readonly 'x-statuses': Readonly<Record<string, readonly string[]>>;
}

interface Recorded {
  readonly recorded?: { readonly value: unknown };
}

export interface Reference {
  readonly $ref: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
}

export interface DocumentSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly anyOf?: readonly DocumentSchema[];
  readonly items?: DocumentSchema;
  readonly format?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, DocumentSchema>>;
  /** The resource whose objects it describes. */
  readonly 'x-resource'?: string;
}

const types = { json: 'application/json; charset=utf-8', yaml: 'application/yaml; charset=utf-8' } as const;

/**
 * Whether this is a request for `/api/v0/openapi.json` or `/api/v0/openapi.yaml`, or the same below the other base: that needs no token, and names no
 * deployment.
 */
export function asksForOpenApi({ method, segments, path }: Received): boolean {
  const [base = '', version, name, more] = segments;
  return (
    method === 'GET' &&
    bases.has(base) &&
    version === 'v0' &&
    name === 'openapi' &&
    more === undefined &&
    /\/openapi[.](json|yaml)$/.test(path)
  );
}

/** The document; 304 for a caller that has it already. Pages of any origin may read it: it holds nothing that is not in the sources. */
export const openApiHandler: PublicHandler = Object.freeze<PublicHandler>({
  public: true,
  answer: async (received, trail, world) => {
    const answer = await documentFor(received, world.catalogue);
    enter(trail, 'status');
    return answer;
  },
  refused: (_, trail, world) => concludeApi(trail, undefined, world.settings.tellCauses),
});

async function documentFor({ id, path, headers }: Received, catalogue: Catalogue): Promise<Answer> {
  const format = path.endsWith('.yaml') ? 'yaml' : 'json';
  const { bytes, etag } = await openApiFile(catalogue, format, version);
  const sent = headers['if-none-match'];
  const unchanged = (sent ?? '').split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
  return {
    http: unchanged ? 304 : 200,
    status: 'ok',
    cause: undefined,
    headers: [
      ['X-Status', 'ok'],
      ['X-Status-Reason', statuses.ok.meaning],
      ['X-Request-Id', id],
      ['ETag', etag],
      ['Cache-Control', 'public, no-cache'],
      ['Access-Control-Allow-Origin', '*'],
      ['X-Content-Type-Options', 'nosniff'],
    ],
    type: types[format],
    body: unchanged ? '' : bytes,
  };
}
