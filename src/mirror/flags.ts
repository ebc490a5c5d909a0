import type { Catalogue } from '../catalogue/catalogue.ts';
import { BadUsage, Failure } from '../contract/failure.ts';
import { nearest } from '../contract/nearest.ts';
import { type Config, readConfig } from '../server/config.ts';

/** What is copied, and where files go. */
export interface PlanFlags {
  readonly data?: string;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** A place, or whether files are brought at all. */
  readonly files?: string | boolean;
}

/** Where a server would keep them. Throws `BadSetting`. */
export function filesIn(
  { data, files }: PlanFlags,
  variables: Readonly<Record<string, string | undefined>>,
): Config['files'] {
  const names = ['ACCORD_DATA', 'ACCORD_FILES', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const more = ['AWS_SESSION_TOKEN', 'AWS_REGION'];
  const environment = Object.fromEntries([...names, ...more].map((name) => [name, variables[name]]));
  return readConfig({ data, files: typeof files === 'string' ? files : undefined }, environment).files;
}

/** Requests of each hour, or a share of them. Throws `BadUsage`. */
export function reserveIn(given: string): number | { readonly share: number } {
  const [, digits, percent] = /^(\d{1,6})(%?)$/.exec(given.trim()) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === '%' && value > 90))
    throw new BadUsage(
      `--reserve is "${given}": a number of requests is wanted, or a share such as 10% (90% at most)`,
    );
  return percent === '%' ? { share: value / 100 } : value;
}

/** The resources to copy, `undefined` for all. Throws a `Failure` for a name there is not. */
export function namedIn(
  { only, except }: PlanFlags,
  { resources }: Catalogue,
): ReadonlySet<string> | undefined {
  for (const [flag, names] of [
    ['--only', only ?? []],
    ['--except', except ?? []],
  ] as const) {
    for (const name of names)
      if (!resources.has(name))
        throw new Failure(`${flag} ${name}: there is no such resource${nearest(name, resources.keys())}`);
  }
  if (!only && !except) return undefined;
  return new Set(
    [...resources.keys()].filter((name) => (only?.includes(name) ?? true) && !except?.includes(name)),
  );
}
