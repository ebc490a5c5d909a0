import type { Tree } from '../contract/answer.ts';
import type { CauseName } from '../contract/causes.ts';
import { headers, refusalsOf, statusesWithCauses } from './answers.ts';
import { endpointCauses } from './causes.ts';
import type { Example, Examples } from './examples.ts';
import { endpoint, text } from './oauth-schemas.ts';
import { type Schema, schemaAt } from './schemas.ts';

/** A form as the schema of its values sees it. */
const formOf = (body: Tree): Tree =>
  typeof body === 'string' ? Object.fromEntries(new URLSearchParams(body)) : body;

/** What the summary of an endpoint leaves open, by `operationId`. */
const described: Readonly<Record<string, string>> = {
  authorize: 'For a browser: RFC 6749, 4.1.1, with PKCE (RFC 7636).',
  submitAuthorization: 'The forms of the page come here: sign-in, then consent.',
  createToken:
    'RFC 6749, 4.1.3, 4.4.2 and 6: a code, the credentials of a service application, or a refresh token.',
  revokeToken: 'RFC 7009. A token that is not known is revoked already.',
  getAuthorizationServerMetadata: 'RFC 8414.',
};

/** The paths that are no request of the catalogue. They stand beside it, not below its base. */
export function endpointPaths(examples: Examples): Readonly<Record<string, Schema>> {
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
    description: described[operationId] ?? '',
    ...more,
    responses: { ...done, ...refusalsOf(causes, 'oauth') },
    'x-statuses': statusesWithCauses(causes),
  });
  const posts = (name: string, example?: Example): Schema => ({
    security: [{ client: [] }, {}],
    requestBody: {
      required: true,
      content: {
        [form]: {
          schema: schemaAt(name),
          ...(example?.sent ? { examples: { recorded: { value: formOf(example.sent.body) } } } : {}),
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
      method === 'get' ? 'authorize' : 'submitAuthorization',
      method === 'get' ? 'Ask a person for consent' : 'Send what the person said',
      endpointCauses.authorize,
      { security: [], parameters: asked },
      page,
    );
  return {
    '/authorize': { servers, get: authorize('get'), post: authorize('post') },
    '/token': {
      servers,
      post: operation(
        'createToken',
        'Exchange a grant for a token',
        endpointCauses.token,
        posts('TokenRequest', recorded('token')),
        json(schemaAt('Token'), recorded('token')),
      ),
    },
    '/revoke': {
      servers,
      post: operation(
        'revokeToken',
        'Give a token back',
        endpointCauses.revoke,
        posts('RevokeRequest', recorded('revoke')),
        json({ type: 'object' }, recorded('revoke')),
      ),
    },
    '/.well-known/oauth-authorization-server': {
      servers: [{ url: '/' }],
      get: operation(
        'getAuthorizationServerMetadata',
        'What the authorization server offers',
        endpointCauses.metadata,
        { security: [] },
        json(schemaAt('AuthorizationServer')),
      ),
    },
  };
}
