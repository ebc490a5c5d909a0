import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Tree } from '../contract/answer.ts';
import { buildRoutes, type Route } from '../request/05-route/table.ts';
import { headers, refusalExamples, refusals, statusesWithCauses } from './answers.ts';
import { sentKinds } from './bodies.ts';
import { endpointCauses } from './causes.ts';
import { envelopes } from './envelopes.ts';
import type { Examples } from './examples.ts';
import { endpointPaths } from './oauth.ts';
import { oauthSchemas, securitySchemes } from './oauth-schemas.ts';
import { idsIn, operations } from './operations.ts';
import { parameters } from './parameters.ts';
import { referredTo } from './prune.ts';
import { kinds, resourceSchemas, type Schema, sentence } from './schemas.ts';

const description = [
  'Every request that this version serves, with the statuses it may answer and the cause of each. The document follows from the catalogue that the server itself runs on; its examples were recorded.',
  'A suffix of the path (`.json`, `.xml`, `.yaml`) chooses the format of an answer, else `Accept` or `Accept-Type`, else it is JSON, which is what the schemas describe: the tree is the same in all three. Parameters may come in the query or in the body (form, JSON or multipart), once each, with any method; names that nothing defines are ignored. `HEAD` is `GET` without a body.',
  'Values are text: ids, numbers, decimals and times; what is absent is `null`. The status of an answer is in `meta.status` and in `X-Status`. `x-statuses` has the causes of each; they stay with the operator, and a sandbox tells them in `X-Status-Cause`. The page `/docs/status-codes` explains every status.',
  'Schemas describe an answer that its caller has taken nothing out of. `_suppress_meta` takes out `meta`, `_suppress_message` its `message` and `more_info`, and `_hide_defaults` the fields that are returned without being asked for. Under `_suppress_http_status` a refusal comes with HTTP 200 and is a `Refusal` (`OAuthError` at the OAuth endpoints): its `meta.status` is not `ok`.',
];

/** The OpenAPI 3.1 document, in a stable order. Throws when two operations, or two components, would be one. */
export function openapi(catalogue: Catalogue, examples: Examples, version: string): Schema {
  const { all } = buildRoutes(catalogue);
  const { paths, schemas: bodies } = operations(all, catalogue, examples);
  const endpoints = endpointPaths(examples);
  const ids = new Set(Object.keys(paths).flatMap(idsIn));
  const used = { paths: sorted(together(paths, endpoints)) };
  const components = {
    parameters: parameters(catalogue, ids),
    headers,
    responses: refusals(examples),
    examples: refusalExamples(examples),
    schemas: together(kinds, envelopes, resourceSchemas(catalogue), sentKinds, oauthSchemas, sorted(bodies)),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Accord',
      version,
      description: description.join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v0' }, { url: '/public_api/v0' }],
    tags: tagsOf(all),
    ...used,
    components: {
      securitySchemes: securitySchemes(catalogue.scopes),
      ...referredTo(components, used),
    },
    'x-elsewhere': statusesWithCauses(endpointCauses.elsewhere),
  };
}

/** The groups of requests, which are the scopes that govern them. */
function tagsOf(routes: readonly Route[]): readonly Tree[] {
  const groups = new Map<string, Set<string>>();
  for (const { owner, answered } of routes) {
    const group = groups.get(owner.scope) ?? new Set();
    groups.set(owner.scope, group.add(answered.plural.replaceAll('_', ' ')));
  }
  const tags = [...groups]
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([name, kindsOf]) => ({
      name,
      description: `${sentence([...kindsOf].sort().join(', '))}: what the scopes \`read(${name})\` and \`write(${name})\` are for.`,
    }));
  return [
    ...tags,
    { name: 'oauth', description: 'Tokens: to get one, to give it back, and what the server offers.' },
  ];
}

/** Of entries by one name the last would hide the others: that is a mistake. */
function together(...parts: readonly Readonly<Record<string, Schema>>[]): Readonly<Record<string, Schema>> {
  const names = parts.flatMap((part) => Object.keys(part));
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw new Error(`there are two of ${twice.join()}`);
  return Object.assign({}, ...parts) as Readonly<Record<string, Schema>>;
}

const sorted = (entries: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(entries).sort(([first], [second]) => (first < second ? -1 : 1)));
