import type { Bench, TokenPair } from '../bench.ts';
import { displayed, NotProbed, type Probe, refusalProbe, unless } from '../probe.ts';
import { jsonBodyOf } from '../reading.ts';
import { api, basic, bearer, form, revokePath } from '../sending.ts';

const needs = ['web', 'code'] as const;

async function refreshTokenOf(bench: Bench): Promise<string> {
  const { refresh } = await bench.codeTokens();
  if (refresh === undefined) throw new NotProbed('the token answer had no refresh_token');
  return refresh;
}

const again = async (bench: Bench, token: string): Promise<TokenPair> =>
  bench.tokensIn(await bench.send(bench.refresh(token)));

/** Refresh tokens. */
export const refreshing: readonly Probe[] = [
  refusalProbe({
    row: 'refresh.unknown',
    name: 'a token that was never issued',
    needs: ['web'],
    sends: (bench) => bench.refresh('conform-no-such-token'),
  }),
  {
    row: 'refresh.rotation',
    name: 'both tokens are new, and work',
    needs,
    run: async (bench) => {
      const before = await bench.codeTokens();
      if (before.refresh === undefined) throw new NotProbed('the token answer had no refresh_token');
      const next = await again(bench, before.refresh);
      const fresh =
        next.refresh !== undefined && next.refresh !== before.refresh && next.access !== before.access;
      if (!fresh) {
        const kept =
          next.refresh === before.refresh ? 'the same refresh token' : 'none, or the same access token';
        return unless(false, 'a new access token and a new refresh token', kept, next.answered);
      }
      const used = await bench.send({
        path: `${api}/staff?_limit=1`,
        headers: bearer(next.access),
        metered: true,
      });
      const last = await bench.send(bench.refresh(next.refresh as string));
      const works = used.http === 200 && last.http === 200;
      return unless(works, 'HTTP 200 for both', `HTTP ${used.http} and ${last.http}`, works ? last : used);
    },
  },
  {
    row: 'refresh.race',
    name: 'the same refresh token twice at once',
    ours: true,
    needs,
    run: async (bench) => {
      const token = await refreshTokenOf(bench);
      const one = await again(bench, token);
      const answered = await bench.send(bench.refresh(token));
      const same = answered.http === 200 && jsonBodyOf(answered).access_token === one.access;
      return unless(
        same,
        'the same successor',
        `HTTP ${answered.http}, ${displayed(jsonBodyOf(answered).error ?? 'another')}`,
        answered,
      );
    },
  },
  refusalProbe({
    row: 'refresh.replayed',
    name: 'more than 30 seconds after it was replaced',
    needs,
    waits: 32,
    sends: async (bench) => {
      const token = await refreshTokenOf(bench);
      await again(bench, token);
      await bench.wait(32);
      return bench.refresh(token);
    },
  }),
  refusalProbe({
    row: 'refresh.revoked',
    name: 'by its client',
    needs,
    sends: async (bench) => {
      const token = await refreshTokenOf(bench);
      const client = bench.pieces.web ?? { id: '', secret: '' };
      await bench.send({ method: 'POST', path: revokePath, ...form({ token }, basic(client)) });
      return bench.refresh(token);
    },
  }),
  refusalProbe({
    row: 'refresh.foreign',
    name: "another application's refresh token",
    needs: [...needs, 'other'],
    sends: async (bench) => bench.refresh(await refreshTokenOf(bench), {}, bench.pieces.other),
  }),
  refusalProbe({
    row: 'scope.exceeded',
    name: 'a refresh that asks for more than was granted',
    needs: [...needs, 'sign-in'],
    sends: async (bench) => {
      const code = await bench.code({ scope: 'read(staff)' });
      const { refresh } = bench.tokensIn(await bench.send(bench.exchange(code)));
      return bench.refresh(refresh ?? '', { scope: 'write(companies)' });
    },
  }),
];
