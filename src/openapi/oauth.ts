import type { Tree } from '../contract/answer.ts';
import type { CauseName } from '../contract/causes.ts';
import { headers, refusalsOf, statusesWithCauses } from './answers.ts';
import { endpointCauses } from './causes.ts';
import type { Example, Examples } from './examples.ts';
import { endpoint, textSchema } from './oauth-schemas.ts';
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

const formType = 'application/x-www-form-urlencoded';

const jsonAnswer = (schema: Schema, example?: Example): Schema => ({
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

const pageAnswer: Schema = {
  '200': {
    description: 'A page for the person: to sign in, to consent, or with a PIN.',
    content: { 'text/html': { schema: textSchema } },
  },
  '303': {
    description:
      'Back to the redirect URI, with a code or with `error`; or, for a request that was posted, to the same request as a `GET`.',
  },
};

interface Endpoint {
  readonly operationId: string;
  readonly summary: string;
  readonly causes: readonly CauseName[];
  readonly request: { readonly [key: string]: Tree };
  /** The responses of a request that is not refused. */
  readonly done: Schema;
}

const operationOf = ({ operationId, summary, causes, request, done }: Endpoint): Schema => ({
  operationId,
  tags: ['oauth'],
  summary,
  description: described[operationId] ?? '',
  ...request,
  responses: { ...done, ...refusalsOf(causes, 'oauth') },
  'x-statuses': statusesWithCauses(causes),
});

const formRequest = (name: string, example?: Example): Schema => ({
  security: [{ client: [] }, {}],
  requestBody: {
    required: true,
    content: {
      [formType]: {
        schema: schemaAt(name),
        ...(example?.sent ? { examples: { recorded: { value: formOf(example.sent.body) } } } : {}),
      },
      'application/json': { schema: schemaAt(name) },
    },
  },
});

const authorizeParameters = [
  'client_id!',
  'response_type!',
  'redirect_uri',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
].map((name) => ({
  name: name.replace('!', ''),
  in: 'query',
  ...(name.endsWith('!') ? { required: true } : {}),
  schema: textSchema,
}));

const authorizePage = (operationId: string, summary: string): Schema =>
  operationOf({
    operationId,
    summary,
    causes: endpointCauses.authorize,
    request: { security: [], parameters: authorizeParameters },
    done: pageAnswer,
  });

/** The paths that are no request of the catalogue. They stand beside it, not below its base. */
export function endpointPaths(examples: Examples): Readonly<Record<string, Schema>> {
  const recorded = (name: string): Example | undefined => examples.requests[`POST ${endpoint}/${name}`];
  const servers = [{ url: endpoint }];
  return {
    '/authorize': {
      servers,
      get: authorizePage('authorize', 'Ask a person for consent'),
      post: authorizePage('submitAuthorization', 'Send what the person said'),
    },
    '/token': {
      servers,
      post: operationOf({
        operationId: 'createToken',
        summary: 'Exchange a grant for a token',
        causes: endpointCauses.token,
        request: formRequest('TokenRequest', recorded('token')),
        done: jsonAnswer(schemaAt('Token'), recorded('token')),
      }),
    },
    '/revoke': {
      servers,
      post: operationOf({
        operationId: 'revokeToken',
        summary: 'Give a token back',
        causes: endpointCauses.revoke,
        request: formRequest('RevokeRequest', recorded('revoke')),
        done: jsonAnswer({ type: 'object' }, recorded('revoke')),
      }),
    },
    '/.well-known/oauth-authorization-server': {
      servers: [{ url: '/' }],
      get: operationOf({
        operationId: 'getAuthorizationServerMetadata',
        summary: 'What the authorization server offers',
        causes: endpointCauses.metadata,
        request: { security: [] },
        done: jsonAnswer(schemaAt('AuthorizationServer')),
      }),
    },
  };
}
