import type { Tree } from '../../src/contract/answer.ts';
import type { CauseName } from '../../src/contract/causes.ts';
import { headers, refusalsOf, statusesWithCauses } from './answers.ts';
import { endpointCauses } from './causes.ts';
import type { Example, Examples } from './examples.ts';
import { type Schema, schemaAt } from './schemas.ts';

const endpoint = '/oauth2/v0';
const text: Schema = { type: 'string' };

/** One way in for each type of application. */
export function securitySchemes(scopes: ReadonlySet<string>): Readonly<Record<string, Schema>> {
  const words = [...scopes].sort();
  const all = Object.fromEntries(
    ['read', 'write'].flatMap((verb) => [
      [`${verb}(all)`, `To ${verb} everything.`],
      ...words.map((word) => [`${verb}(${word})`, `To ${verb} ${word.replaceAll('_', ' ')}.`]),
    ]),
  ) as Schema;
  const tokenUrl = `${endpoint}/token`;
  const code = { authorizationUrl: `${endpoint}/authorize`, tokenUrl, refreshUrl: tokenUrl, scopes: all };
  const oauth2 = (description: string, flows: Schema): Schema => ({ type: 'oauth2', description, flows });
  return {
    service: oauth2('A service application acts for the staff member who registered it.', {
      clientCredentials: { tokenUrl, scopes: all },
    }),
    web: oauth2('A web application: redirect URIs are matched exactly; PKCE (S256) is honoured.', {
      authorizationCode: code,
    }),
    installed: oauth2(
      'An installed application: the page shows a PIN that is the code, unless there is a redirect URI. PKCE stands in for its secret, at refreshes too if the secret was never given.',
      { authorizationCode: code },
    ),
    client: {
      type: 'http',
      scheme: 'basic',
      description:
        'The client id and secret; they may come as `client_id` and `client_secret` in the body instead.',
    },
  };
}

export const oauthSchemas: Readonly<Record<string, Schema>> = {
  TokenRequest: {
    type: 'object',
    properties: {
      grant_type: { enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
      code: text,
      redirect_uri: text,
      code_verifier: text,
      refresh_token: text,
      scope: { ...text, description: 'Separated by commas or spaces: `read(companies),write(tasks)`.' },
      expires_in: { type: ['string', 'integer'], description: 'Seconds.' },
      client_id: text,
      client_secret: text,
    },
    required: ['grant_type'],
  },
  Token: {
    type: 'object',
    properties: {
      access_token: text,
      token_type: { const: 'Bearer' },
      expires_in: { type: 'integer', description: 'Seconds.' },
      refresh_token: text,
      scope: {
        type: 'string',
        description: 'Parts are separated by spaces: `read(companies,staff) write(tasks)`.',
      },
      deployment: text,
      deployment_name: text,
      deployment_uri: { type: 'string', description: 'The host of the deployment, without a scheme.' },
      account_id: text,
      account_details: { type: 'object' },
    },
    required: ['access_token', 'token_type', 'expires_in', 'scope', 'deployment', 'account_id'],
  },
  RevokeRequest: {
    type: 'object',
    properties: { token: text, client_id: text, client_secret: text },
    required: ['token'],
  },
};

/** The paths that are no request of the catalogue. They stand beside it, not below its base. */
export function endpointPaths(
  examples: Examples,
  responses: Map<string, Schema>,
): Readonly<Record<string, Schema>> {
  const form = 'application/x-www-form-urlencoded';
  const json = (schema: Schema, example?: Example): Schema => ({
    '200': {
      description: 'Done.',
      headers: Object.fromEntries(
        Object.keys(headers)
          .filter((name) => /^X-(Status|Status-Reason|Request-Id)$/.test(name))
          .map((name) => [name, { $ref: `#/components/headers/${name}` }]),
      ),
      content: {
        'application/json': {
          schema,
          ...(example ? { examples: { recorded: { value: example.answer } } } : {}),
        },
      },
    },
  });
  const operation = (
    operationId: string,
    summary: string,
    causes: readonly CauseName[],
    more: { readonly [key: string]: Tree },
    done: Schema,
  ): Schema => ({
    operationId,
    tags: ['oauth'],
    summary,
    ...more,
    responses: { ...done, ...refusalsOf(causes, examples, 'oauth', responses) },
    'x-statuses': statusesWithCauses(causes),
  });
  const posts = (name: string, example?: Example): Schema => ({
    security: [{ client: [] }, {}],
    requestBody: {
      required: true,
      content: {
        [form]: {
          schema: schemaAt(name),
          ...(example?.sent ? { examples: { recorded: { value: example.sent.body } } } : {}),
        },
        'application/json': { schema: schemaAt(name) },
      },
    },
  });
  const page: Schema = {
    '200': {
      description: 'A page for the person: to sign in, to consent, or with a PIN.',
      content: { 'text/html': { schema: text } },
    },
    '303': {
      description:
        'Back to the redirect URI, with a code or with `error`; or, for a request that was posted, to the same request as a `GET`.',
    },
  };
  const query = [
    'client_id!',
    'response_type!',
    'redirect_uri',
    'scope',
    'state',
    'code_challenge',
    'code_challenge_method',
  ];
  const asked = query.map((name) => ({
    name: name.replace('!', ''),
    in: 'query',
    ...(name.endsWith('!') ? { required: true } : {}),
    schema: text,
  }));
  const recorded = (name: string): Example | undefined => examples.requests[`POST ${endpoint}/${name}`];
  const servers = [{ url: endpoint }];
  const authorize = (method: string): Schema =>
    operation(
      `${method}_authorize`,
      'Ask a person for leave',
      endpointCauses.authorize,
      { security: [], parameters: asked },
      page,
    );
  return {
    '/authorize': { servers, get: authorize('get'), post: authorize('post') },
    '/token': {
      servers,
      post: operation(
        'post_token',
        'Exchange a grant for a token',
        endpointCauses.token,
        posts('TokenRequest', recorded('token')),
        json(schemaAt('Token'), recorded('token')),
      ),
    },
    '/revoke': {
      servers,
      post: operation(
        'post_revoke',
        'Give a token back',
        endpointCauses.revoke,
        posts('RevokeRequest', recorded('revoke')),
        json({ type: 'object' }, recorded('revoke')),
      ),
    },
    '/.well-known/oauth-authorization-server': {
      servers: [{ url: '/' }],
      get: operation(
        'get_metadata',
        'What the authorization server offers',
        endpointCauses.metadata,
        { security: [] },
        json({ type: 'object' }),
      ),
    },
  };
}
