import type { Client } from '../pieces.ts';
import { type Difference, differs, displayed, type Probe, refusalProbe, unless } from '../probe.ts';
import { jsonBodyOf } from '../reading.ts';
import {
  basic,
  bearer,
  form,
  json,
  type ProbeAnswer,
  revokePath,
  type Sending,
  tokenPath,
} from '../sending.ts';
import { sameAs } from './access.ts';

const asked = (
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Sending => ({
  method: 'POST',
  path: tokenPath,
  ...form(values, headers),
});
const own = { grant_type: 'client_credentials' };
const nobody: Client = { id: 'conform-nobody@nowhere', secret: 'not a secret' };

const service = (bench: { readonly pieces: { readonly service: Client | undefined } }): Client =>
  bench.pieces.service ?? nobody;

const gives = (answered: ProbeAnswer): readonly Difference[] => {
  const given = answered.http === 200 && typeof jsonBodyOf(answered).access_token === 'string';
  return unless(
    given,
    'HTTP 200 and a token',
    `HTTP ${answered.http}, ${displayed(jsonBodyOf(answered).error)}`,
    answered,
  );
};

const credentials = (name: string, sends: (client: Client) => Sending): Probe => ({
  row: 'oauth.credentials',
  name,
  needs: ['service'],
  run: async (bench) => gives(await bench.send(sends(service(bench)))),
});

/** Keys of a token answer and what they hold. */
export function tokenDifferences(answered: ProbeAnswer, refreshable: boolean): readonly Difference[] {
  const body = jsonBodyOf(answered);
  const texts = ['access_token', 'scope', 'deployment', 'deployment_name', 'deployment_uri', 'account_id'];
  const bad = texts.filter((name) => typeof body[name] !== 'string');
  if (String(body.token_type).toLowerCase() !== 'bearer') bad.push('token_type');
  if (typeof body.expires_in !== 'number') bad.push('expires_in');
  if (typeof body.account_details !== 'object' || body.account_details === null) bad.push('account_details');
  if (/^[a-z]+:\/\//i.test(String(body.deployment_uri))) bad.push('deployment_uri');
  if ((typeof body.refresh_token === 'string') !== refreshable) bad.push('refresh_token');
  return unless(
    bad.length === 0,
    `${texts.join(', ')} (the URI without a scheme), token_type Bearer, expires_in in seconds, account_details, ${refreshable ? 'a' : 'no'} refresh_token`,
    bad.map((name) => `${name} ${displayed(body[name])}`).join(', '),
    answered,
  );
}

/** The token endpoint, as far as a service application can see. */
export const clients: readonly Probe[] = [
  refusalProbe({
    row: 'credentials.missing',
    name: 'a token request without any',
    sends: () => asked(own, {}),
  }),
  refusalProbe({
    row: 'credentials.unsupported',
    name: 'Bearer at the token endpoint',
    sends: () => asked(own, bearer('x'.repeat(64))),
  }),
  refusalProbe({
    row: 'credentials.several',
    name: 'Basic and a secret in the body',
    needs: ['service'],
    sends: (bench) => asked({ ...own, client_secret: service(bench).secret }, basic(service(bench))),
  }),
  refusalProbe({
    row: 'client.unknown',
    name: 'no such application',
    sends: () => asked(own, basic(nobody)),
  }),
  refusalProbe({
    row: 'secret.wrong',
    name: 'the same bytes as an unknown client',
    needs: ['service'],
    sends: (bench) => asked(own, basic({ id: service(bench).id, secret: nobody.secret })),
    also: async (answered, bench) =>
      sameAs(await bench.send(asked(own, basic(nobody))), answered, 'an unknown client'),
  }),
  refusalProbe({
    row: 'grant_type.unsupported',
    name: 'password',
    needs: ['service'],
    sends: (bench) => asked({ grant_type: 'password', username: 'x', password: 'y' }, basic(service(bench))),
  }),
  refusalProbe({
    row: 'grant_type.forbidden',
    name: 'a service application with a code',
    needs: ['service'],
    sends: (bench) => asked({ grant_type: 'authorization_code', code: 'x' }, basic(service(bench))),
  }),
  refusalProbe({
    row: 'grant_type.forbidden',
    name: 'a web application with client credentials',
    needs: ['web'],
    sends: ({ pieces }) => asked(own, basic(pieces.web ?? nobody)),
  }),
  refusalProbe({
    row: 'parameter.missing',
    name: 'a token request without a grant type',
    needs: ['service'],
    sends: (bench) => asked({}, basic(service(bench))),
  }),
  ...['read', 'read(companies', 'companies'].map((scope) =>
    refusalProbe({
      row: 'scope.malformed',
      name: scope,
      needs: ['service'],
      sends: (bench) => asked({ ...own, scope }, basic(service(bench))),
    }),
  ),
  ...['read(monkeys)', 'eat(companies)'].map((scope) =>
    refusalProbe({
      row: 'scope.unknown',
      name: scope,
      needs: ['service'],
      sends: (bench) => asked({ ...own, scope }, basic(service(bench))),
    }),
  ),
  credentials('Basic, and the grant in a form', (client) => asked(own, basic(client))),
  credentials('in the form', ({ id, secret }) => asked({ ...own, client_id: id, client_secret: secret }, {})),
  credentials('Basic, and the grant in JSON', (client) => ({
    method: 'POST',
    path: tokenPath,
    ...json(own, basic(client)),
  })),
  credentials('Basic, and the grant in the query', (client) => ({
    ...asked({}, basic(client)),
    path: `${tokenPath}?grant_type=client_credentials`,
  })),
  {
    row: 'oauth.token',
    name: 'of a service application',
    needs: ['service'],
    run: async (bench) => tokenDifferences((await bench.serviceToken()).answered, false),
  },
  {
    row: 'oauth.scope',
    name: 'read(staff)',
    needs: ['service'],
    run: async (bench) => {
      const { answered } = await bench.serviceToken({ scope: 'read(staff)' });
      const { scope } = jsonBodyOf(answered);
      return unless(scope === 'read(staff)', 'scope read(staff)', displayed(scope), answered);
    },
  },
  {
    row: 'oauth.revoke',
    name: 'a token that was never issued',
    needs: ['service'],
    run: async (bench) => {
      const answered = await bench.send({
        method: 'POST',
        path: revokePath,
        ...form({ token: 'x'.repeat(64) }, basic(service(bench))),
      });
      return answered.http === 200 ? [] : [differs('HTTP 200', `HTTP ${answered.http}`, answered)];
    },
  },
];
