import { createHash } from 'node:crypto';
import type { Tree } from '../../src/contract/answer.ts';
import { type CauseName, rowOf } from '../../src/contract/causes.ts';
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

/** The same tree in the three formats. */
const inAllFormats = (schema: Schema, examples?: Schema): Schema => ({
  'application/json': { schema, ...(examples ? { examples } : {}) },
  'application/xml': { schema },
  'application/yaml': { schema },
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
        description: 'The file; or an envelope that says why not, under `_suppress_http_status`.',
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
      description: 'Done.',
      headers: headersAt([...always, ...(filtered ? ['X-Status-Ignored'] : []), ...metered]),
      content: inAllFormats(answer, recorded),
    },
  };
}

/** What is said of a cause, for people. */
const told = (cause: CauseName): string => `\`${cause}\`: ${rowOf(cause).because}`;

const more: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: [...metered, 'Retry-After'],
};

/** Refusals, by HTTP code, as references to components that `kept` is filled with: many operations have the same. */
export function refusalsOf(
  names: readonly CauseName[],
  { refusals }: Examples,
  dialect: 'api' | 'oauth',
  kept: Map<string, Schema>,
): Schema {
  const answers: Record<string, Tree> = {};
  for (const [code, own] of byCode(names)) {
    const key = `${dialect}-${code}-${digest(own)}`;
    const shown = own.filter((cause) => refusals[cause]);
    const examples = Object.fromEntries(
      shown.map((cause) => [cause, { $ref: `#/components/examples/${cause}` }]),
    );
    const schema =
      dialect === 'oauth'
        ? { allOf: [schemaAt('OAuthError'), { properties: { error: { enum: statusesOf(own) } } }] }
        : {
            allOf: [
              schemaAt('Refusal'),
              { properties: { meta: { properties: { status: { enum: statusesOf(own) } } } } },
            ],
          };
    const content =
      dialect === 'oauth'
        ? { 'application/json': { schema, ...(shown.length > 0 ? { examples } : {}) } }
        : inAllFormats(schema, shown.length > 0 ? examples : undefined);
    kept.set(key, {
      description: own.map(told).join('\n\n'),
      headers: headersAt([...always, 'X-Status-Cause', ...(more[code] ?? [])]),
      content,
    });
    answers[String(code)] = { $ref: `#/components/responses/${key}` };
  }
  return answers;
}

/** A name for these causes that stays the same when others come and go. */
const digest = (names: readonly CauseName[]): string =>
  createHash('sha256').update(names.join()).digest('hex').slice(0, 8);

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
