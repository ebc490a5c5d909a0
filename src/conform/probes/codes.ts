import { createHash, randomBytes } from 'node:crypto';
import { rowOf } from '../../contract/causes.ts';
import { statuses } from '../../contract/statuses.ts';
import { differs, displayed, type Probe, refusalProbe, refusedFor, unless } from '../probe.ts';
import { api, basic, bearer, form, tokenPath } from '../sending.ts';
import { requestSignInPage, signInRequest } from '../sign-in.ts';
import { tokenDifferences } from './clients.ts';

const s256 = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
const verifier = (): string => randomBytes(32).toString('base64url');

/** Authorization codes. */
export const codes: readonly Probe[] = [
  refusalProbe({
    row: 'grant.unknown',
    name: 'a code that was never issued',
    needs: ['web'],
    sends: (bench) => bench.exchange('conform-no-such-code'),
  }),
  refusalProbe({
    row: 'parameter.missing',
    name: 'an exchange without a code',
    needs: ['web'],
    sends: ({ pieces }) => ({
      method: 'POST',
      path: tokenPath,
      ...form({ grant_type: 'authorization_code' }, basic(pieces.web ?? { id: '', secret: '' })),
    }),
  }),
  {
    row: 'oauth.token',
    name: 'of a web application',
    needs: ['web', 'code'],
    run: async (bench) => tokenDifferences((await bench.codeTokens()).answered, true),
  },
  refusalProbe({
    row: 'grant.consumed',
    name: 'a second use, which ends what the first one got',
    needs: ['web', 'code'],
    sends: async (bench) => {
      const code = await bench.code();
      bench.tokensIn(await bench.send(bench.exchange(code)));
      return bench.exchange(code);
    },
  }),
  {
    row: 'grant.consumed',
    name: 'what the first use got does not work any more',
    needs: ['web', 'code'],
    run: async (bench) => {
      const code = await bench.code();
      const { access } = bench.tokensIn(await bench.send(bench.exchange(code)));
      await bench.send(bench.exchange(code));
      return refusedFor('token.revoked', await bench.send({ path: `${api}/staff`, headers: bearer(access) }));
    },
  },
  refusalProbe({
    row: 'grant.expired',
    name: 'ten minutes later',
    needs: ['web', 'code'],
    waits: 601,
    sends: async (bench) => {
      const code = await bench.code();
      await bench.wait(601);
      return bench.exchange(code);
    },
  }),
  refusalProbe({
    row: 'redirect.mismatched',
    name: 'another redirect URI',
    needs: ['web', 'code'],
    sends: async (bench) => bench.exchange(await bench.code(), { redirect_uri: 'https://nobody.invalid/' }),
  }),
  refusalProbe({
    row: 'grant.foreign',
    name: 'a code that was issued to another application',
    needs: ['web', 'code', 'other'],
    sends: async (bench) => bench.exchange(await bench.code(), {}, bench.pieces.other),
  }),
  refusalProbe({
    row: 'verifier.wrong',
    name: 'another verifier',
    needs: ['web', 'sign-in'],
    sends: async (bench) =>
      bench.exchange(await bench.code({ challenge: s256(verifier()) }), { code_verifier: verifier() }),
  }),
  refusalProbe({
    row: 'verifier.wrong',
    name: 'no verifier, though there was a challenge',
    needs: ['web', 'sign-in'],
    sends: async (bench) => bench.exchange(await bench.code({ challenge: s256(verifier()) })),
  }),
  {
    row: 'oauth.pkce',
    name: 'the verifier of the challenge',
    ours: true,
    needs: ['web', 'sign-in'],
    run: async (bench) => {
      const secret = verifier();
      const code = await bench.code({ challenge: s256(secret) });
      const answered = await bench.send(bench.exchange(code, { code_verifier: secret }));
      return answered.http === 200 ? [] : [differs('HTTP 200', `HTTP ${answered.http}`, answered)];
    },
  },
  {
    row: 'password.wrong',
    name: 'a username that there is not',
    ours: true,
    needs: ['web'],
    run: async (bench) => {
      const client = bench.pieces.web ?? { id: '', secret: '' };
      const asked = {
        client,
        redirectUri: bench.pieces.redirectUri,
        scope: 'read(all)',
        challenge: undefined,
      };
      const page = await requestSignInPage(bench.send, asked);
      const answered = await bench.send(signInRequest(page, 'conform-nobody', 'not a password'));
      const { status } = rowOf('password.wrong');
      const said = answered.headers['x-status'];
      const right = answered.http === statuses[status].http && said === status;
      return unless(
        right,
        `HTTP ${statuses[status].http}, ${status}`,
        `HTTP ${answered.http}, ${displayed(said)}`,
        answered,
      );
    },
  },
];
