import { type CauseName, rowOf } from '../contract/causes.ts';
import { type StatusName, statuses } from '../contract/statuses.ts';
import { byCode, statusesOf } from './causes.ts';
import type { Example, Examples } from './examples.ts';
import { type Schema, schemaAt } from './schemas.ts';

const text = (description: string): Schema => ({ description, schema: { type: 'string' } });
const whole = (description: string): Schema => ({ description, schema: { type: 'integer' } });

/** Headers that answers refer to. Their names are written as they are on the wire. */
export const headers: Readonly<Record<string, Schema>> = {
  'X-Status': text('The status of the answer: the same word as `meta.status`.'),
  'X-Status-Reason': text('The message, for people.'),
  'X-Status-Ignored': text(
    'Filters, orders and searches that were left out, for the list does not have them: names, separated by commas. Only where there are some.',
  ),
  'X-Request-Id': text('The name of this request in the log of the server.'),
  'X-Status-Cause': text('The cause of a refusal; sent by a sandbox only.'),
  'X-RateLimit-Limit': whole('Requests an hour that the deployment may make.'),
  'X-RateLimit-Remaining': whole('Requests that are left in this hour.'),
  'X-RateLimit-Reset': whole('When the next hour begins, in unix seconds.'),
  'RateLimit-Policy': text('The same, as the draft of the standard has it.'),
  RateLimit: text('The same, as the draft of the standard has it.'),
  'Retry-After': whole('Seconds to wait.'),
  'WWW-Authenticate': text('How to authenticate.'),
};

const always = ['X-Status', 'X-Status-Reason', 'X-Request-Id'];
const metered = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit-Policy',
  'RateLimit',
];

const headersAt = (names: readonly string[]): Schema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** In JSON: other formats have the same tree, and three times the schemas would tell nobody more. */
const inJson = (schema: Schema, examples?: Schema): Schema => ({
  'application/json': { schema, ...(examples ? { examples } : {}) },
});

/** How a request is answered that succeeds. `answer` is the schema of its envelope; `undefined` when it is a file. `filtered`: it reads filters. */
export function answerOf(
  answer: Schema | undefined,
  example: Example | undefined,
  filtered: boolean,
): Schema {
  if (!answer) {
    const file = { '*/*': { schema: { type: 'string', format: 'binary' } } };
    const sent = headersAt(always);
    return {
      '200': {
        description: 'The file; under `_suppress_http_status` a refusal too, in its envelope.',
        headers: sent,
        content: file,
      },
      '206': { description: 'The part of the file that `Range` asks for.', headers: sent, content: file },
      '304': { description: 'The caller has this file already (`If-None-Match`).', headers: sent },
    };
  }
  const recorded = example && { recorded: { value: example.answer } };
  return {
    '200': {
      description: 'Done. Under `_suppress_http_status` a refusal too, with the envelope of one.',
      headers: headersAt([...always, ...(filtered ? ['X-Status-Ignored'] : []), ...metered]),
      content: inJson(answer, recorded),
    },
  };
}

const more: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: [...metered, 'Retry-After'],
};

const codeNames: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'TooManyRequests',
  500: 'ServerError',
};

type Dialect = 'api' | 'oauth';
const responseName = (dialect: Dialect, code: number): string =>
  `${dialect === 'oauth' ? 'OAuth' : ''}${codeNames[code]}`;

/** What an operation may refuse, by HTTP code: all operations refer to the same. Which causes it has, `x-statuses` says. */
export const refusalsOf = (causes: readonly CauseName[], dialect: Dialect): Schema =>
  Object.fromEntries(
    [...byCode(causes).keys()].map((code) => [
      String(code),
      { $ref: `#/components/responses/${responseName(dialect, code)}` },
    ]),
  );

/** The refusals of both dialects, as components. */
export function refusals({ refusals: recorded }: Examples): Readonly<Record<string, Schema>> {
  const codes = new Set(Object.values(statuses).map(({ http }) => http));
  codes.delete(statuses.ok.http);
  const both = (['api', 'oauth'] as const).flatMap((dialect) =>
    [...codes].sort().map((code) => {
      const shown = Object.keys(recorded).filter((cause) => {
        const example = recorded[cause] as Example;
        return example.http === code && dialectOf(example) === dialect;
      });
      return [responseName(dialect, code), refusal(dialect, code, shown)] as const;
    }),
  );
  return Object.fromEntries(both);
}

function refusal(dialect: Dialect, code: number, shown: readonly string[]): Schema {
  const names = (Object.keys(statuses) as StatusName[]).filter((name) => statuses[name].http === code);
  const examples = Object.fromEntries(
    shown.map((cause) => [cause, { $ref: `#/components/examples/${cause}` }]),
  );
  const narrowed = { properties: { [dialect === 'oauth' ? 'error' : 'status']: { enum: names } } };
  // Beside a reference, so that who follows it alone has the type of every refusal.
  const schema: Schema =
    dialect === 'oauth'
      ? { ...schemaAt('OAuthError'), ...narrowed }
      : { ...schemaAt('Refusal'), properties: { meta: { ...schemaAt('RefusalMeta'), ...narrowed } } };
  return {
    description: names.map((name) => `\`${name}\`: ${statuses[name].meaning}`).join('\n\n'),
    headers: headersAt([...always, 'X-Status-Cause', ...(more[code] ?? [])]),
    content: inJson(schema, shown.length > 0 ? examples : undefined),
  };
}

/** Both kinds of endpoint are refused for some causes, and each says it in its own way. */
const dialectOf = ({ answer }: Example): Dialect =>
  Object.hasOwn(answer as object, 'meta') ? 'api' : 'oauth';

/** The recorded refusals as components. */
export const refusalExamples = ({ refusals }: Examples): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    Object.entries(refusals).map(([cause, { answer }]) => [
      cause,
      { summary: rowOf(cause as CauseName).because, value: answer },
    ]),
  );

/** The statuses an operation may answer beside `ok`, each with its causes. */
export function statusesWithCauses(names: readonly CauseName[]): Schema {
  return Object.fromEntries(
    statusesOf(names).map((status) => [status, names.filter((name) => rowOf(name).status === status)]),
  );
}
