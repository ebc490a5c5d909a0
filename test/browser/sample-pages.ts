import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import { accountPage } from '../../src/console/pages/account.ts';
import { accountConfirmPage } from '../../src/console/pages/account-confirm.ts';
import { accountErrorPage } from '../../src/console/pages/account-error.ts';
import { accountPasswordPage } from '../../src/console/pages/account-password.ts';
import { accountSecondFactorPage } from '../../src/console/pages/account-second-factor.ts';
import { authorizationErrorPage } from '../../src/console/pages/authorization-error.ts';
import { consentPage } from '../../src/console/pages/consent.ts';
import { deniedPage } from '../../src/console/pages/denied.ts';
import { startPage } from '../../src/console/pages/home.ts';
import { noPinPage } from '../../src/console/pages/no-pin.ts';
import { notFoundPage } from '../../src/console/pages/not-found.ts';
import { pinPage } from '../../src/console/pages/pin.ts';
import { recoveryCodesPage } from '../../src/console/pages/recovery-codes.ts';
import { referencePage } from '../../src/console/pages/reference.ts';
import { referenceGroupPage } from '../../src/console/pages/reference-group.ts';
import { newSecondFactorPage } from '../../src/console/pages/second-factor-new.ts';
import { signInPage } from '../../src/console/pages/sign-in.ts';
import { signInCodePage } from '../../src/console/pages/sign-in-code.ts';
import { signedOutPage } from '../../src/console/pages/signed-out.ts';
import { statusCodesPage } from '../../src/console/pages/status-codes.ts';
import { referenceGroups } from '../../src/console/reference.ts';
import { causes } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';

const groups = await referenceGroups(await loadCatalogue());

const hidden = { csrf: 'eyJhbGciOiJub25lIn0', request: 'response_type=code&client_id=x"y' };
const deployment = 'planet-express';
const application = 'Delivery Scheduler';
const csrf = 'eyJhbGciOiJub25lIn0';
const signedIn = { person: 'Philip J. Fry', csrf };
const asked = { deployment, application, ...signedIn, action: '/here', hidden };
const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

const moment = { text: '30 Nov 2026, 22:15 (UTC)', exact: '2026-11-30T22:15:00.000Z' };
const later = { text: '1 Dec 2026, 08:00 (UTC)', exact: '2026-12-01T08:00:00.000Z' };
const seen = { address: '203.0.113.5', began: moment, used: later };

const newFactor = {
  key: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  uri: 'otpauth://totp/planet-express:fry?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=planet-express',
  action: '/here',
  hidden,
};

/** Every page once with ordinary data, the forms also with an error or with data that is too long for a phone. */
export const samplePages: Readonly<Record<string, string>> = Object.freeze({
  signIn: signInPage({ deployment, application, action: '/here', hidden }),
  signInAgain: signInPage({
    deployment,
    application,
    action: '/here',
    hidden,
    username: 'fry',
    error: 'The username or password is not right.',
  }),
  consent: consentPage({
    ...asked,
    lastDay: '2030-01-31',
    scopes: [
      { verb: 'read', resource: 'everything' },
      { verb: 'write', resource: 'Companies' },
      { verb: 'read', resource: 'Tasks' },
      { verb: 'write', resource: 'Tasks' },
    ],
    redirectHost: 'scheduler.planet-express.example',
  }),
  consentLong: consentPage({
    ...asked,
    lastDay: '2030-01-31',
    application: long,
    person: long,
    scopes: [{ verb: 'write', resource: long }],
    redirectHost: `${long}.example`,
  }),
  pin: await pinPage({ application, signedIn, pin: '40718253', minutes: 10 }),
  noPin: noPinPage(signedIn),
  pinLong: await pinPage({
    application: long,
    signedIn: { person: long, csrf },
    pin: 'k3Jx9qTz7LmW2vBnR8sYp4HcD6fGa5EuZw1QoXtN',
    minutes: 10,
  }),
  authorizationError: authorizationErrorPage({
    title: 'This application cannot be authorized',
    message: 'The redirect URI is not registered for this application.',
    requestId: '01JH8Z6V7Q4X9T2R5M3N8KCWPB',
    status: 'invalid_request',
  }),
  denied: deniedPage({ application, signedIn }),
  signInToAccount: signInPage({ deployment, action: '/here', hidden }),
  account: accountPage({
    deployment,
    signedIn,
    username: 'fry',
    email: 'fry@planet-express.example',
    secondFactor: false,
    done: 'Your password was changed.',
    sessions: [
      { id: 'a', browser: 'Firefox on Linux', ...seen, here: true },
      { id: 'b', browser: 'Safari on iPhone', ...seen, here: false },
    ],
    applications: [
      { applicationId: 1, application, scopes: ['read everything'], first: moment, last: later },
      { applicationId: 2, application: 'Other', scopes: [], first: moment, last: moment },
    ],
  }),
  accountLong: accountPage({
    deployment: long,
    signedIn: { person: long, csrf },
    username: long,
    email: `${long}@${long}.example`,
    secondFactor: true,
    done: undefined,
    sessions: [{ id: 'b', browser: long, ...seen, here: false }],
    applications: [{ applicationId: 1, application: long, scopes: [long, long], first: moment, last: later }],
  }),
  accountPassword: accountPasswordPage({ signedIn, username: 'fry' }),
  accountPasswordAgain: accountPasswordPage({
    signedIn,
    username: 'fry',
    error: { of: 'current', text: 'The current password is not right.' },
  }),
  accountConfirm: accountConfirmPage({
    signedIn,
    username: 'fry',
    action: '/here',
    hidden: { session: 'a' },
    error: 'The username or password is not right.',
  }),
  signInCode: signInCodePage({ deployment, application, action: '/here', hidden }),
  signInCodeAgain: signInCodePage({
    deployment: long,
    action: '/here',
    hidden,
    error: 'The code is not right.',
  }),
  secondFactorOff: accountSecondFactorPage({ signedIn, on: undefined, required: false, done: 'It is off.' }),
  secondFactorOn: accountSecondFactorPage({
    signedIn,
    on: { since: moment, recoveryCodesLeft: 7 },
    required: false,
    done: undefined,
  }),
  secondFactorNeeded: accountSecondFactorPage({
    signedIn,
    on: { since: moment, recoveryCodesLeft: 0 },
    required: true,
    done: undefined,
  }),
  secondFactorNew: await newSecondFactorPage({ ...newFactor, deployment, signedIn }),
  secondFactorNewAgain: await newSecondFactorPage({
    ...newFactor,
    deployment: long,
    error: 'The code is not right.',
  }),
  recoveryCodes: recoveryCodesPage({
    signedIn,
    codes: Array.from({ length: 10 }, () => 'k3vx-9m2q-7htd'),
    done: 'The second factor is on.',
    next: '/account',
  }),
  accountError: accountErrorPage({
    message: 'The parameter csrf is not valid: it is not of this session.',
    requestId: '01JH8Z6V7Q4X9T2R5M3N8KCWPB',
    status: 'invalid_request',
  }),
  signedOut: signedOutPage(),
  home: startPage({
    version: '0.1.0',
    sandbox: true,
    deployments: [
      {
        title: 'Planet Express',
        base: 'http://planet-express.api.localhost:4280/api/v0',
        account: 'http://planet-express.api.localhost:4280/account',
      },
    ],
    lines: [
      "curl -u 'planet-express-service:4pYvJxq0m2bT9cWk7LzR' -d grant_type=client_credentials http://planet-express.api.localhost:4280/oauth2/v0/token",
      "curl -H 'Authorization: Bearer 1f8c…' http://planet-express.api.localhost:4280/api/v0/companies",
    ],
  }),
  notFound: notFoundPage({ path: `/${long}/${'x'.repeat(400)}`, requestId: '01JH8Z6V7Q4X9T2R5M3N8KCWPB' }),
  reference: referencePage({ groups: groups }),
  referenceOf: referenceGroupPage(groups.find(({ requests }) => requests.length > 8) ?? groups[0]!),
  statusCodes: statusCodesPage({ statuses, causes, deployment }),
});
