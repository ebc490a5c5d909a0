import { authorizationError } from '../../src/console/pages/authorization-error.ts';
import { consent } from '../../src/console/pages/consent.ts';
import { denied } from '../../src/console/pages/denied.ts';
import { home } from '../../src/console/pages/home.ts';
import { noPin } from '../../src/console/pages/no-pin.ts';
import { notFound } from '../../src/console/pages/not-found.ts';
import { pin } from '../../src/console/pages/pin.ts';
import { reference, referenceOf } from '../../src/console/pages/reference.ts';
import { signIn } from '../../src/console/pages/sign-in.ts';
import { statusCodes } from '../../src/console/pages/status-codes.ts';
import { referenceGroups } from '../../src/console/reference.ts';
import { causes } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';

const hidden = { csrf: 'eyJhbGciOiJub25lIn0', request: 'response_type=code&client_id=x"y' };
const deployment = 'planet-express';
const application = 'Delivery Scheduler';
const asked = { deployment, application, person: 'Philip J. Fry', action: '/here', hidden };
const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

/** Every page once with ordinary data, the forms also with an error or with data that is too long for a phone. */
export const samplePages: Readonly<Record<string, string>> = Object.freeze({
  signIn: signIn({ deployment, application, action: '/here', hidden }),
  signInAgain: signIn({
    deployment,
    application,
    action: '/here',
    hidden,
    username: 'fry',
    error: 'The username or password is not right.',
  }),
  consent: consent({
    ...asked,
    scopes: [
      { verb: 'read', resource: 'everything' },
      { verb: 'write', resource: 'Companies' },
      { verb: 'read', resource: 'Tasks' },
      { verb: 'write', resource: 'Tasks' },
    ],
    redirectHost: 'scheduler.planet-express.example',
  }),
  consentLong: consent({
    ...asked,
    application: long,
    person: long,
    scopes: [{ verb: 'write', resource: long }],
    redirectHost: `${long}.example`,
  }),
  pin: await pin({ application, pin: '40718253', minutes: 10 }),
  noPin: noPin(),
  pinLong: await pin({ application: long, pin: 'k3Jx9qTz7LmW2vBnR8sYp4HcD6fGa5EuZw1QoXtN', minutes: 10 }),
  authorizationError: authorizationError({
    title: 'This application cannot be authorized',
    message: 'The redirect URI is not registered for this application.',
    requestId: '01JH8Z6V7Q4X9T2R5M3N8KCWPB',
    status: 'invalid_request',
  }),
  denied: denied({ application }),
  home: home({
    version: '0.1.0',
    sandbox: true,
    deployments: [{ title: 'Planet Express', base: 'http://planet-express.api.localhost:4280/api/v0' }],
    lines: [
      "curl -u 'planet-express-service:4pYvJxq0m2bT9cWk7LzR' -d grant_type=client_credentials http://planet-express.api.localhost:4280/oauth2/v0/token",
      "curl -H 'Authorization: Bearer 1f8c…' http://planet-express.api.localhost:4280/api/v0/companies",
    ],
  }),
  notFound: notFound({ path: `/${long}/${'x'.repeat(400)}`, requestId: '01JH8Z6V7Q4X9T2R5M3N8KCWPB' }),
  reference: reference({ groups: referenceGroups() }),
  referenceOf: referenceOf(
    referenceGroups().find(({ requests }) => requests.length > 8) ?? referenceGroups()[0]!,
  ),
  statusCodes: statusCodes({ statuses, causes, deployment }),
});
