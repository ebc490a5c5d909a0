import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { root } from './tree.ts';

interface Claim {
  readonly sources: string;
  /** Files of tests that say they are about it: a mutant is tried on these only. */
  readonly tests: readonly string[];
  /** Its mutants take ten minutes, for many of them hang: tried only when it is named by `--files`. */
  readonly isSlow?: true;
}

/** What is mutated, and by which tests its mutants must be noticed. */
export const claims: readonly Claim[] = [
  {
    sources: 'src/request/03-authentication/*.ts',
    tests: ['test/request/03-authentication/*.test.ts', 'test/scenarios/invalid-client.test.ts'],
  },
  {
    sources: 'src/request/04-rate-limit/*.ts',
    tests: ['test/request/04-rate-limit/*.test.ts', 'test/scenarios/too-many-requests.test.ts'],
  },
  {
    sources: 'src/request/07-permission/*.ts',
    tests: ['test/request/07-permission/*.test.ts', 'test/scenarios/invalid-permission.test.ts'],
  },
  {
    sources: 'src/request/08-operation/grants/*.ts',
    tests: ['test/request/08-operation/grants/*.test.ts', 'test/identity/token-families.test.ts'],
  },
  {
    sources: 'src/identity/{address,scope,secrets,sweep}.ts',
    tests: [
      'test/identity/{address,bounds,scope,sweep}.test.ts',
      'test/identity/{address-ranges,scope-grammar,secrets,sweep-batches}.test.ts',
    ],
  },
  {
    sources: 'src/identity/passwords.ts',
    tests: ['test/identity/passwords.test.ts', 'test/identity/totp.test.ts'],
  },
  { sources: 'src/identity/{recovery-codes,totp}.ts', tests: ['test/identity/totp.test.ts'] },
  {
    sources: 'src/identity/{applications,deployments,keys,past-names,people,sessions,tables}.ts',
    tests: [
      'test/identity/{applications,bounds,deployments,keys,past-names,people,sessions,tables,tokens}.test.ts',
    ],
  },
  {
    sources: 'src/identity/lockout.ts',
    tests: ['test/identity/{counters,lockout}.test.ts'],
  },
  {
    sources: 'src/identity/{refresh,tokens}.ts',
    tests: ['test/identity/{refresh,tokens}.test.ts', 'test/identity/token-families.test.ts'],
  },
  {
    sources: 'src/limits/*.ts',
    tests: ['test/limits/*.test.ts', 'test/identity/counters.test.ts', 'test/store/limits.test.ts'],
  },
  { sources: 'src/sandbox/control*.ts', tests: ['test/sandbox/control-*.test.ts'] },
  {
    sources: 'src/webhooks/{gate,share,slices,visits}.ts',
    tests: ['test/webhooks/{share,turns}.test.ts', 'test/webhooks/processes.test.ts'],
  },
  {
    sources: 'src/webhooks/{prune,queue,spread}.ts',
    tests: ['test/webhooks/spreading.test.ts', 'test/webhooks/lanes.test.ts'],
  },
  { sources: 'src/webhooks/{deliver,lane}.ts', tests: ['test/webhooks/{lanes,neighbours}.test.ts'] },
  {
    sources: 'src/webhooks/sender.ts',
    tests: ['test/webhooks/posted.test.ts', 'test/webhooks/sender.test.ts'],
  },
  {
    sources: 'src/webhooks/{deliveries,limits}.ts',
    tests: ['test/webhooks/deliveries.test.ts'],
    isSlow: true,
  },
  { sources: 'src/webhooks/due.ts', tests: ['test/webhooks/due.test.ts'] },
  { sources: 'src/webhooks/journal.ts', tests: ['test/webhooks/journal.test.ts'] },
  { sources: 'src/webhooks/repeated.ts', tests: ['test/webhooks/repeated.test.ts'] },
  { sources: 'src/webhooks/survey.ts', tests: ['test/webhooks/survey.test.ts'] },
  {
    sources: 'src/store/{compile,compile-expression,compile-scope,compile-tied,statement}.ts',
    tests: ['test/store/{compile,folding,index-hints,queries,store}.test.ts'],
  },
];

export const testsOf = (source: string): readonly string[] =>
  claims.filter(({ sources }) => matchesGlob(source, sources)).flatMap(({ tests }) => tests);

/** The files that are mutated: those that are named, or all but the slow ones. */
export const sources = (named?: readonly string[]): readonly string[] =>
  claims
    .filter(({ isSlow }) => named !== undefined || !isSlow)
    .flatMap((claim) => globSync(claim.sources, { cwd: root }))
    .filter((file) => !file.endsWith('.d.ts'))
    .filter((file) => named?.some((glob) => matchesGlob(file, glob)) ?? true)
    .sort();
