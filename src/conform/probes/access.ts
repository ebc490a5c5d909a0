import { displayed, type Probe, refusalProbe, refusedFor, succeeded, unless } from '../probe.ts';
import { metaOf } from '../reading.ts';
import {
  api,
  basic,
  bearer,
  form,
  type ProbeAnswer,
  revokePath,
  type Sending,
  tokenPath,
} from '../sending.ts';
import { metered } from './metered.ts';

const staff = `${api}/staff?_limit=1`;
const stranger: Sending = { path: staff, headers: bearer('x'.repeat(64)) };

/** What a caller can see of a refusal, less what differs from answer to answer. */
const seen = ({ http, headers, text }: ProbeAnswer): string =>
  JSON.stringify([
    http,
    headers['x-status-reason'],
    headers['www-authenticate'],
    text.replaceAll(headers['x-request-id'] ?? '\0', ''),
  ]);

export const sameAs = (expected: ProbeAnswer, answered: ProbeAnswer, what: string) =>
  unless(
    seen(expected) === seen(answered),
    `the same bytes as ${what}: ${displayed(seen(expected))}`,
    displayed(seen(answered)),
    answered,
  );

/** Who may call, and for what: access tokens. */
export const access: readonly Probe[] = [
  refusalProbe({ row: 'token.missing', name: 'a resource without a token', sends: () => ({ path: staff }) }),
  refusalProbe({ row: 'token.unknown', name: 'a token that was never issued', sends: () => stranger }),
  {
    row: 'words.recorded',
    name: 'message and reason of a bad token',
    needs: [],
    run: async (bench) => {
      const answered = await bench.send(stranger);
      const said = [metaOf(answered).message, answered.headers['x-status-reason']];
      const expected = [
        'Could not authorize your access',
        'Could not authorize your access (B: No token found)',
      ];
      return unless(
        String(said) === String(expected),
        expected.join(' · '),
        said.map(displayed).join(' · '),
        answered,
      );
    },
  },
  refusalProbe({
    row: 'token.revoked',
    name: 'by its client; the same bytes as an unknown one',
    needs: ['service'],
    sends: async (bench) => {
      const { access: token } = await bench.serviceToken();
      const client = bench.pieces.service as { id: string; secret: string };
      await bench.send({ method: 'POST', path: revokePath, ...form({ token }, basic(client)) });
      return { path: staff, headers: bearer(token) };
    },
    also: async (answered, bench) => sameAs(await bench.send(stranger), answered, 'an unknown token'),
  }),
  refusalProbe({
    row: 'token.expired',
    name: 'a second too late; the same bytes as an unknown one',
    needs: ['service'],
    waits: 2,
    sends: async (bench) => {
      const { access: token } = await bench.serviceToken({ expires_in: '1' });
      await bench.wait(2);
      return { path: staff, headers: bearer(token) };
    },
    also: async (answered, bench) => sameAs(await bench.send(stranger), answered, 'an unknown token'),
  }),
  refusalProbe({
    row: 'credentials.unsupported',
    name: 'Basic for a resource',
    sends: () => ({ path: staff, headers: basic({ id: 'nobody', secret: 'nothing' }) }),
  }),
  refusalProbe({
    row: 'credentials.several',
    name: 'a header and _bearer_token',
    needs: ['token'],
    sends: async (bench) => {
      const token = await bench.token();
      return { path: `${staff}&_bearer_token=${token}`, headers: bearer(token) };
    },
  }),
  {
    row: 'bearer.parameter',
    name: 'in the query of a GET',
    needs: ['token'],
    run: async (bench) =>
      succeeded(await bench.send({ path: `${staff}&_bearer_token=${await bench.token()}`, metered: true })),
  },
  refusalProbe({
    row: 'scope.exceeded',
    name: 'a token of read(staff), used for companies',
    needs: ['service'],
    sends: async (bench) => {
      const { access: token } = await bench.serviceToken({ scope: 'read(staff)' });
      return { path: `${api}/companies`, headers: bearer(token), metered: true };
    },
  }),
  refusalProbe({
    row: 'scope.exceeded',
    name: 'a token of read(staff), used to write',
    needs: ['service', 'writes'],
    sends: async (bench) => {
      const { access: token } = await bench.serviceToken({ scope: 'read(staff)' });
      const written = form({ name: `${bench.mark} out of scope` }, bearer(token));
      return { method: 'POST', path: `${api}/companies`, ...written, metered: true, creates: '/companies' };
    },
  }),
  refusalProbe({
    row: 'permission.service',
    name: 'a service application asks for timers',
    needs: ['service'],
    sends: async (bench) => ({
      path: `${api}/timers`,
      headers: bearer((await bench.serviceToken()).access),
      metered: true,
    }),
  }),
  refusalProbe({
    row: 'permission.lacking',
    name: 'a person without access to companies',
    needs: ['restricted'],
    sends: ({ pieces }) => ({
      path: `${api}/companies`,
      headers: bearer(pieces.restricted ?? ''),
      metered: true,
    }),
  }),
  refusalProbe({
    row: 'address.restricted',
    name: 'at the token endpoint',
    needs: ['address'],
    sends: ({ pieces }) => ({
      method: 'POST',
      path: tokenPath,
      ...form({ grant_type: 'client_credentials' }, basic(pieces.address ?? { id: '', secret: '' })),
    }),
  }),
  refusalProbe({
    row: 'domain.restricted',
    name: 'at the token endpoint, from a page of nobody',
    needs: ['domain'],
    sends: ({ pieces }) => ({
      method: 'POST',
      path: tokenPath,
      ...form(
        { grant_type: 'client_credentials' },
        { ...basic(pieces.domain ?? { id: '', secret: '' }), Origin: 'https://nobody.invalid' },
      ),
    }),
  }),
  {
    row: 'deployment.unknown',
    name: 'a host that names none',
    needs: [],
    run: async (bench) => {
      const { hostname, port } = bench.origin;
      // The first label of the host is the deployment's; an address has none, and stands for a default.
      const rest =
        /^[a-z]/i.test(hostname) && hostname.split('.').length > 2
          ? hostname.slice(hostname.indexOf('.'))
          : '.api.localhost';
      const host = `conform-nobody${rest}${port === '' ? '' : `:${port}`}`;
      return refusedFor('deployment.unknown', await bench.send({ path: staff, host }));
    },
  },
  {
    row: 'base.public',
    name: 'a list of the older base path',
    needs: ['token'],
    run: async (bench) => succeeded(await bench.send(await metered(bench, '/public_api/v0/staff?_limit=1'))),
  },
];
