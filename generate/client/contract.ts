import { causes, type RowName } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';
import { header } from './modules.ts';

/** The word that deployments of the current status page have for these, which the older page calls `invalid_client`. */
const lockouts: readonly RowName[] = ['client.locked', 'user.locked'];
const word = 'too_many_failed_logins';

/** The SDK's tables of the contract. */
export function contractModule(): string {
  const known = [
    ...Object.entries(statuses).map(([name, { http, meaning }]) => ({
      name,
      http,
      meaning,
      own: causesOf(name),
    })),
    {
      name: word,
      http: statuses.invalid_client.http,
      meaning: 'Too many attempts failed; what the current status page calls it.',
      own: lockouts.map((cause) => `'${cause}'`),
    },
  ];
  return [
    header,
    '/** The statuses an answer may carry, each with its HTTP code. */',
    'export const statuses = Object.freeze({',
    ...known.map(({ name, http, meaning }) => `  /** ${meaning} */\n  ${name}: ${http},`),
    '} as const);',
    '',
    'export type Status = keyof typeof statuses;',
    '',
    '/** The causes that each status is known to have. */',
    'export interface Causes {',
    ...known.map(({ name, own }) => `  readonly ${name}: ${own.length === 0 ? 'never' : own.join(' | ')};`),
    '}',
    '',
  ].join('\n');
}

/** `field.taken` stands for one of each unique field. */
const causesOf = (status: string): readonly string[] =>
  (Object.keys(causes) as RowName[])
    .filter((name) => causes[name].status === status)
    .map((name) => (name === 'field.taken' ? taken : `'${name}'`));

const taken = `\`\${string}.taken\``;
