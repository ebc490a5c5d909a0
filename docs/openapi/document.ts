import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { buildRoutes } from '../../src/request/05-route/table.ts';
import { headers, refusalExamples, statusesWithCauses } from './answers.ts';
import { sentKinds } from './bodies.ts';
import { endpointCauses } from './causes.ts';
import type { Examples } from './examples.ts';
import { endpointPaths, oauthSchemas, securitySchemes } from './oauth.ts';
import { operations } from './operations.ts';
import { parameters } from './parameters.ts';
import { type Schema, schemas } from './schemas.ts';

const description = [
  'Every request that this version serves, with the statuses it may answer and the cause of each. The document follows from the catalogue that the server itself runs on; its examples were recorded.',
  'A suffix of the path (`.json`, `.xml`, `.yaml`) chooses the format of an answer, else `Accept` or `Accept-Type`, else it is JSON; the tree is the same in all three. Parameters may come in the query or in the body (form, JSON or multipart), once each, with any method; names that nothing defines are ignored. `HEAD` is `GET` without a body.',
  'Values are text: ids, numbers, decimals and times; what is absent is `null`. The status of an answer is in `meta.status` and in `X-Status`. `x-statuses` has the causes of each; they stay with the operator, and a sandbox tells them in `X-Status-Cause`.',
];

/** The OpenAPI 3.1 document, in a stable order. Throws when two operations would be one. */
export function openapi(catalogue: Catalogue, examples: Examples, version: string): Schema {
  const { all } = buildRoutes(catalogue);
  const { paths, schemas: bodies, responses } = operations(all, catalogue, examples);
  const kept = new Map(responses);
  const endpoints = endpointPaths(examples, kept);
  const twice = Object.keys(endpoints).filter((path) => Object.hasOwn(paths, path));
  if (twice.length > 0) throw new Error(`the catalogue serves ${twice.join()}, as OAuth does`);
  const tags = [...new Set(all.map(({ owner }) => owner.scope))].sort();
  return {
    openapi: '3.1.0',
    info: {
      title: 'Accord',
      version,
      description: description.join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v0' }, { url: '/public_api/v0' }],
    externalDocs: { description: 'Every status and cause', url: '/docs/status-codes' },
    tags: [...tags, 'oauth'].map((name) => ({ name })),
    paths: sorted({ ...paths, ...endpoints }),
    components: {
      securitySchemes: securitySchemes(catalogue.scopes),
      parameters: parameters(catalogue),
      headers,
      responses: sorted(Object.fromEntries(kept)),
      examples: refusalExamples(examples),
      schemas: { ...schemas(catalogue), ...sentKinds, ...oauthSchemas, ...sorted(bodies) },
    },
    'x-elsewhere': statusesWithCauses(endpointCauses.elsewhere),
  };
}

const sorted = (entries: Readonly<Record<string, Schema>>): Schema =>
  Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
