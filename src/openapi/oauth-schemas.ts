import type { Schema } from './schemas.ts';

export const endpoint = '/oauth2/v0';
export const textSchema: Schema = { type: 'string' };
const uri: Schema = { type: 'string', format: 'uri' };
const texts: Schema = { type: 'array', items: textSchema };

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
      grant_type: { type: 'string', enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
      code: textSchema,
      redirect_uri: textSchema,
      code_verifier: textSchema,
      refresh_token: textSchema,
      scope: { ...textSchema, description: 'Separated by commas or spaces: `read(companies),write(tasks)`.' },
      expires_in: { type: ['string', 'integer'], description: 'Seconds.' },
      client_id: textSchema,
      client_secret: textSchema,
    },
    required: ['grant_type'],
  },
  Token: {
    type: 'object',
    properties: {
      access_token: textSchema,
      token_type: { type: 'string', enum: ['Bearer'] },
      expires_in: { type: 'integer', description: 'Seconds.' },
      refresh_token: textSchema,
      scope: {
        type: 'string',
        description: 'Parts are separated by spaces: `read(companies,staff) write(tasks)`.',
      },
      deployment: textSchema,
      deployment_name: textSchema,
      deployment_uri: { type: 'string', description: 'The host of the deployment, without a scheme.' },
      account_id: textSchema,
      account_details: { type: 'object' },
    },
    required: [
      'access_token',
      'token_type',
      'expires_in',
      'scope',
      'deployment',
      'deployment_name',
      'deployment_uri',
      'account_id',
      'account_details',
    ],
  },
  AuthorizationServer: {
    description: 'RFC 8414, 2.',
    type: 'object',
    properties: {
      issuer: uri,
      authorization_endpoint: uri,
      token_endpoint: uri,
      revocation_endpoint: uri,
      scopes_supported: texts,
      response_types_supported: texts,
      response_modes_supported: texts,
      grant_types_supported: texts,
      token_endpoint_auth_methods_supported: texts,
      revocation_endpoint_auth_methods_supported: texts,
      code_challenge_methods_supported: texts,
      authorization_response_iss_parameter_supported: { type: 'boolean' },
    },
    required: [
      'issuer',
      'authorization_endpoint',
      'token_endpoint',
      'scopes_supported',
      'response_types_supported',
      'grant_types_supported',
    ],
  },
  RevokeRequest: {
    type: 'object',
    properties: { token: textSchema, client_id: textSchema, client_secret: textSchema },
    required: ['token'],
  },
};
