import { displayed, NotProbed, type Probe, unless } from '../probe.ts';
import { jsonBodyOf } from '../reading.ts';
import { api } from '../sending.ts';
import { metered } from './metered.ts';

const echo = (name: string, id: string, echoed: boolean): Probe => ({
  row: 'header.request-id',
  name,
  ours: true,
  needs: [],
  run: async (bench) => {
    const answered = await bench.send({ path: `${api}/staff`, headers: { 'X-Request-Id': id } });
    const got = answered.headers['x-request-id'];
    const right = got !== undefined && (got === id) === echoed;
    return unless(right, echoed ? id : 'an id of the server', displayed(got), answered);
  },
});

/** What only this project has. */
export const ours: readonly Probe[] = [
  echo('a sane one of the caller', 'conform-echo-1', true),
  echo('an unfit one of the caller', 'no id: {}', false),
  {
    row: 'header.ignored',
    name: '_filters=monkeys(1)',
    ours: true,
    needs: ['token'],
    run: async (bench) => {
      const answered = await bench.send(await metered(bench, `${api}/staff?_limit=1&_filters=monkeys(1)`));
      if (answered.http !== 200) throw new NotProbed('the filter was refused');
      const got = answered.headers['x-status-ignored'];
      return unless(got === 'monkeys', 'X-Status-Ignored: monkeys', displayed(got), answered);
    },
  },
  {
    row: 'oauth.metadata',
    name: 'the endpoints',
    ours: true,
    needs: [],
    run: async (bench) => {
      const answered = await bench.send({ path: '/.well-known/oauth-authorization-server' });
      const body = jsonBodyOf(answered);
      const bad = ['issuer', 'authorization_endpoint', 'token_endpoint', 'revocation_endpoint'].filter(
        (name) => typeof body[name] !== 'string',
      );
      const right = answered.http === 200 && bad.length === 0;
      return unless(
        right,
        'HTTP 200 and the endpoints',
        `HTTP ${answered.http}, no ${bad.join(', ')}`,
        answered,
      );
    },
  },
];
