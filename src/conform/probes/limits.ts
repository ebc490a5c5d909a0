import type { Bench } from '../bench.ts';
import { type Difference, differs, type Probe, refusedFor, unless } from '../probe.ts';
import { api, basic, form, type ProbeAnswer, type Sending, tokenPath } from '../sending.ts';
import { requestSignInPage, signInRequest } from '../sign-in.ts';
import { metered } from './metered.ts';

/** Tries until an answer says to wait: a lock is the same bytes as a wrong secret but for that. */
async function locked(
  bench: Bench,
  sends: () => Promise<Sending> | Sending,
  check: (answered: ProbeAnswer) => readonly Difference[],
): Promise<readonly Difference[]> {
  const most = (bench.pieces.lockout ?? 0) + 2;
  let last: ProbeAnswer | undefined;
  for (let tries = 1; tries <= most; tries++) {
    last = await bench.send({ ...(await sends()), provokes: true });
    if (last.headers['retry-after'] !== undefined) return check(last);
  }
  return [differs('Retry-After once locked', `none after ${most} failures`, last)];
}

const waits = (answered: ProbeAnswer): readonly Difference[] => {
  const wait = answered.headers['retry-after'] ?? '';
  return unless(/^[1-9]\d*$/.test(wait), 'Retry-After in whole seconds', wait, answered);
};

/** What ends a caller's welcome: only when it is asked for. Under made-up names, so that nobody else is locked out. */
export const limits: readonly Probe[] = [
  {
    row: 'client.locked',
    name: 'failed attempts of a made-up client',
    needs: ['lockout'],
    run: (bench) => {
      const nobody = { id: `${bench.mark.replaceAll(' ', '-')}@nowhere`, secret: 'not a secret' };
      const sending = {
        method: 'POST',
        path: tokenPath,
        ...form({ grant_type: 'client_credentials' }, basic(nobody)),
      };
      return locked(
        bench,
        () => sending,
        (answered) => [...refusedFor('client.locked', answered), ...waits(answered)],
      );
    },
  },
  {
    row: 'user.locked',
    name: 'failed sign-ins of a made-up person',
    needs: ['lockout', 'web'],
    run: async (bench) => {
      const client = bench.pieces.web ?? { id: '', secret: '' };
      const asked = {
        client,
        redirectUri: bench.pieces.redirectUri,
        scope: 'read(all)',
        challenge: undefined,
      };
      const page = await requestSignInPage(bench.send, asked);
      return locked(
        bench,
        () => signInRequest(page, bench.mark, 'not a password'),
        (answered) => [
          ...unless(answered.http === 401, 'HTTP 401', `HTTP ${answered.http}`, answered),
          ...waits(answered),
        ],
      );
    },
  },
  {
    row: 'window.exhausted',
    name: 'one request more than the hour allows',
    needs: ['token', 'exhaust'],
    run: async (bench) => {
      const sending = { ...(await metered(bench, `${api}/staff?_limit=1`)), provokes: true as const };
      for (;;) {
        const answered = await bench.send(sending);
        const left = Number(answered.headers['x-ratelimit-remaining'] ?? Number.NaN);
        if (answered.http !== 200) return refusedFor('window.exhausted', answered);
        if (!(left > 0)) return refusedFor('window.exhausted', await bench.send(sending));
      }
    },
  },
];
