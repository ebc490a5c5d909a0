import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { root } from './tree.ts';

interface Claim {
  readonly sources: string;
  /** Files of tests that say they are about it: a mutant is tried on these only. */
  readonly tests: readonly string[];
}

const oauth = [
  'test/scenarios/invalid-client.test.ts',
  'test/scenarios/invalid-grant.test.ts',
  'test/scenarios/invalid-scope.test.ts',
  'test/scenarios/unauthorized-client.test.ts',
  'test/scenarios/unsupported-grant-type.test.ts',
  'test/observed/tokens.test.ts',
  'test/unit/authorize.test.ts',
];

/** What is mutated, and by which tests its mutants must be noticed. */
export const claims: readonly Claim[] = [
  {
    sources: 'src/request/03-authentication/*.ts',
    tests: [...oauth, 'test/request/03-authentication/*.test.ts'],
  },
  {
    sources: 'src/request/04-rate-limit/*.ts',
    tests: [
      'test/scenarios/too-many-requests.test.ts',
      'test/store/limits.test.ts',
      'test/request/04-rate-limit/*.test.ts',
    ],
  },
  {
    sources: 'src/request/07-permission/*.ts',
    tests: [
      'test/scenarios/invalid-permission.test.ts',
      'test/resources/people.test.ts',
      'test/request/07-permission/*.test.ts',
    ],
  },
  {
    sources: 'src/request/08-operation/grants/*.ts',
    tests: [...oauth, 'test/request/08-operation/*.test.ts'],
  },
  {
    sources: 'src/identity/address.ts',
    tests: ['test/unit/address.test.ts', 'test/identity/address.test.ts'],
  },
  { sources: 'src/identity/scope.ts', tests: ['test/unit/scope.test.ts', 'test/identity/scope.test.ts'] },
  {
    sources: 'src/identity/secrets.ts',
    tests: ['test/unit/secrets.test.ts', 'test/identity/secrets.test.ts'],
  },
  { sources: 'src/identity/sweep.ts', tests: ['test/unit/sweep.test.ts', 'test/identity/sweep.test.ts'] },
  {
    sources: 'src/identity/passwords.ts',
    tests: ['test/unit/passwords.test.ts', 'test/identity/passwords.test.ts'],
  },
  {
    sources: 'src/identity/lockout.ts',
    tests: [
      'test/store/limits.test.ts',
      'test/identity/lockout.test.ts',
      'test/scenarios/invalid-client.test.ts',
    ],
  },
  {
    sources: 'src/identity/people.ts',
    tests: [
      'test/identity/people.test.ts',
      'test/scenarios/invalid-permission.test.ts',
      'test/scenarios/invalid-client.test.ts',
    ],
  },
  {
    sources: 'src/identity/sessions.ts',
    tests: ['test/identity/sessions.test.ts', 'test/unit/authorize.test.ts'],
  },
  {
    sources: 'src/identity/tables.ts',
    tests: ['test/identity/*.test.ts', 'test/unit/sweep.test.ts', ...oauth],
  },
  {
    sources: 'src/identity/{applications,deployments}.ts',
    tests: ['test/identity/{applications,deployments}.test.ts', ...oauth],
  },
  { sources: 'src/identity/{tokens,refresh}.ts', tests: ['test/identity/tokens.test.ts', ...oauth] },
  { sources: 'src/limits/*.ts', tests: ['test/store/limits.test.ts', 'test/limits/*.test.ts'] },
  {
    sources: 'src/sandbox/control*.ts',
    tests: [
      'test/sandbox/control-token.test.ts',
      'test/sandbox/control-fuzz.test.ts',
      'test/sandbox/clock.test.ts',
      'test/sandbox/control*.test.ts',
    ],
  },
  {
    sources: 'src/events/delivery/*.ts',
    tests: [
      'test/events/**/*.test.ts',
      'test/resources/webhooks.test.ts',
      'test/unit/webhook-sender.test.ts',
    ],
  },
  {
    sources: 'src/store/compile.ts',
    tests: ['test/store/{store,ways}.test.ts', 'test/store/compile*.test.ts'],
  },
];

export const testsOf = (source: string): readonly string[] =>
  claims.filter(({ sources }) => matchesGlob(source, sources)).flatMap(({ tests }) => tests);

/** All files that are mutated. */
export const sources = (): readonly string[] =>
  claims
    .flatMap((claim) => globSync(claim.sources, { cwd: root }))
    .filter((file) => !file.endsWith('.d.ts'))
    .sort();
