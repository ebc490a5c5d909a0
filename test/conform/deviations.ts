import type { ProbeRow } from '../../src/conform/probe.ts';
import type { Asked, Deviating, Said } from './deviating-proxy.ts';

/** One way in which a server may differ, and the rows at which that has to be seen: at these, and no others. */
export interface Deviation {
  readonly name: string;
  readonly rows: readonly ProbeRow[];
  /** Anew for each proxy: some remember what they have seen. */
  readonly make: () => Deviating;
}

type Body = Record<string, unknown> & { meta?: Record<string, unknown> };

const without = (said: Said, name: string): Said => ({
  ...said,
  headers: said.headers.filter(([each]) => each.toLowerCase() !== name),
});
const withHeader = (said: Said, name: string, value: string): Said => ({
  ...said,
  headers: said.headers.map(([each, old]) => [each, each.toLowerCase() === name ? value : old] as const),
});

/** The answer with its JSON changed; as it is when it is none. */
function inJson(said: Said, change: (body: Body) => void): Said {
  try {
    const body = JSON.parse(said.body) as Body;
    change(body);
    return { ...said, body: JSON.stringify(body) };
  } catch {
    return said;
  }
}

const statusIn = ({ body }: Said): unknown => {
  try {
    const { meta, error } = JSON.parse(body) as Body;
    return meta?.status ?? error;
  } catch {
    return undefined;
  }
};

const isApi = ({ url }: Asked): boolean => /^\/(public_)?api\//.test(url);
const isToken = ({ url, method }: Asked): boolean => method === 'POST' && url.startsWith('/oauth2/v0/token');
const isPlain = ({ url, body }: Asked): boolean => !`${url}${body}`.includes('_suppress');
const formOf = ({ body }: Asked): URLSearchParams => new URLSearchParams(body);
const always = (say: NonNullable<Deviating['say']>) => () => ({ say });
const headerGone = (name: string) => always((said) => without(said, name));

const suppressed = [
  'suppression.authenticated',
  'suppression.before-authentication',
  'suppression.success',
] as const;
const limitIn = (asked: Asked): number => Number(/[?&]_limit=(\d+)/.exec(asked.url)?.[1] ?? 0);

export const deviations: readonly Deviation[] = [
  {
    name: 'a missing object is HTTP 404',
    rows: ['object.missing', 'success.delete', 'suppression.authenticated'],
    make: always((said, asked) =>
      isPlain(asked) && said.body.includes('There is nothing to return') ? { ...said, http: 404 } : said,
    ),
  },
  {
    name: 'creating answers HTTP 201',
    rows: ['success.create'],
    make: always((said, asked) =>
      asked.method === 'POST' && asked.url.startsWith('/api/v0/companies') && said.http === 200
        ? { ...said, http: 201 }
        : said,
    ),
  },
  {
    name: 'without message there is no meta.status',
    rows: suppressed,
    make: always((said, asked) =>
      asked.url.includes('_suppress_message=1') ? inJson(said, ({ meta }) => delete meta?.status) : said,
    ),
  },
  {
    name: 'rate limit headers in lower case',
    rows: ['header.rate-limit'],
    make: always((said) => ({
      ...said,
      headers: said.headers.map(([name, value]) =>
        /^x-ratelimit/i.test(name) ? ([name.toLowerCase(), value] as const) : ([name, value] as const),
      ),
    })),
  },
  { name: 'no Retry-After', rows: ['header.retry-after'], make: headerGone('retry-after') },
  {
    name: 'OAuth refusals without error_description',
    rows: ['oauth.error'],
    make: always((said, asked) =>
      isToken(asked) ? inJson(said, (body) => delete body.error_description) : said,
    ),
  },
  {
    name: 'ids are numbers',
    rows: ['wire.ids'],
    make: always((said, asked) =>
      isApi(asked) ? { ...said, body: said.body.replaceAll(/"id":"(\d+)"/g, '"id":$1') } : said,
    ),
  },
  {
    name: 'an empty list is null',
    rows: ['body.on-get', 'list.empty', 'list.past-end'],
    make: always((said) => ({ ...said, body: said.body.replace('"response":[]', '"response":null') })),
  },
  {
    name: 'the refresh token is not rotated',
    rows: ['refresh.rotation'],
    make: always((said, asked) => {
      const old = formOf(asked).get('refresh_token');
      return isToken(asked) && old !== null && said.http === 200
        ? inJson(said, (body) => {
            body.refresh_token = old;
          })
        : said;
    }),
  },
  {
    name: 'a code used twice is an invalid_request',
    rows: ['grant.consumed'],
    make: () => {
      const used = new Set<string>();
      return {
        say: (said, asked) => {
          const code = formOf(asked).get('code');
          if (!isToken(asked) || code === null) return said;
          if (said.http === 200) used.add(code);
          if (said.http !== 400 || !used.has(code)) return said;
          return withHeader(
            inJson(said, (body) => {
              body.error = 'invalid_request';
            }),
            'x-status',
            'invalid_request',
          );
        },
      };
    },
  },
  {
    name: '_suppress_http_status is ignored before authentication',
    rows: ['suppression.before-authentication'],
    make: always((said, asked) =>
      isApi(asked) &&
      asked.headers.authorization === undefined &&
      asked.url.includes('_suppress_http_status=1')
        ? { ...inJson(said, ({ meta }) => delete meta?.response_code), http: 401 }
        : said,
    ),
  },
  {
    name: 'deleting answers HTTP 204',
    rows: ['success.delete'],
    make: always((said, asked) =>
      asked.method === 'DELETE' && said.http === 200 ? { ...without(said, 'content-type'), http: 204 } : said,
    ),
  },
  {
    name: 'another root in XML',
    rows: ['format.xml', ...suppressed],
    make: always((said) => ({
      ...said,
      body: said.body.replace('<api>', '<response>').replace('</api>', '</response>'),
    })),
  },
  {
    name: 'an unknown token is HTTP 403',
    rows: ['token.expired', 'token.revoked', 'token.unknown'],
    make: always((said, asked) =>
      asked.headers.authorization === `Bearer ${'x'.repeat(64)}` && isApi(asked)
        ? { ...said, http: 403 }
        : said,
    ),
  },
  { name: 'no WWW-Authenticate', rows: ['header.www-authenticate'], make: headerGone('www-authenticate') },
  {
    name: 'an undefined filter is refused',
    rows: ['filters.unknown'],
    make: () => ({
      ask: (asked) => ({ ...asked, url: asked.url.replace('monkeys(1),order_by_asc(monkeys)', 'id(x)') }),
    }),
  },
  {
    name: 'what was left out is not told',
    rows: ['header.ignored'],
    make: headerGone('x-status-ignored'),
  },
  {
    name: 'a limit over 100 is refused',
    rows: ['list.limit'],
    make: always((said, asked) =>
      limitIn(asked) > 100
        ? {
            ...withHeader(said, 'x-status', 'invalid_request'),
            http: 400,
            body: JSON.stringify({
              meta: {
                status: 'invalid_request',
                message: 'The limit is 100.',
                more_info: 'http://x.invalid/',
              },
              response: null,
            }),
          }
        : said,
    ),
  },
  {
    name: 'HEAD has a body',
    rows: ['method.head'],
    make: always((said, asked) => (asked.method === 'HEAD' ? { ...said, beyond: '{"meta":{}}' } : said)),
  },
  {
    name: 'a wrong secret is told from an unknown client',
    rows: ['secret.wrong'],
    make: always((said, asked) => {
      const credentials = Buffer.from((asked.headers.authorization ?? '').slice(6), 'base64').toString();
      return isToken(asked) && said.http === 401 && credentials.includes('.accelo.com:')
        ? inJson(said, (body) => {
            body.error_description = 'The secret is wrong';
          })
        : said;
    }),
  },
  { name: 'no Cache-Control', rows: ['header.cache-control'], make: headerGone('cache-control') },
  {
    name: "the caller's request id is not taken",
    rows: ['header.request-id'],
    make: () => ({
      ask: (asked) => {
        const { 'x-request-id': _, ...headers } = asked.headers;
        return { ...asked, headers };
      },
    }),
  },
  {
    name: 'response is {} on failure',
    rows: ['envelope.failure'],
    make: always((said, asked) =>
      isApi(asked) && isPlain(asked) && statusIn(said) !== 'ok'
        ? inJson(said, (body) => {
            body.response = {};
          })
        : said,
    ),
  },
  {
    name: 'success has no more_info',
    rows: ['envelope.shape', 'suppression.success'],
    make: always((said, asked) =>
      isApi(asked) && isPlain(asked) && statusIn(said) === 'ok'
        ? inJson(said, ({ meta }) => delete meta?.more_info)
        : said,
    ),
  },
  {
    name: 'a token may do more than was asked for',
    rows: ['oauth.scope', 'scope.exceeded'],
    make: () => ({
      ask: (asked) => {
        const form = formOf(asked);
        if (!isToken(asked) || form.get('scope') !== 'read(staff)') return asked;
        form.set('scope', 'write(all)');
        return { ...asked, body: form.toString() };
      },
    }),
  },
];
