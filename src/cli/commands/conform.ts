import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { junit } from '../../conform/junit.ts';
import { onlyOf } from '../../conform/only.ts';
import type { Client, Pieces } from '../../conform/pieces.ts';
import { conform, type Profile } from '../../conform/run.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { isSame, tell, tellLeft } from '../conform/report.ts';
import { printJson, remark } from '../print.ts';
import { collect } from '../store-options.ts';

type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const advice = 'Every secret is better in a variable, such as ACCORD_CONFORM_CLIENT_SECRET, than in a flag.';

export function define(command: Command): void {
  command
    .argument('<url>', 'origin of the API, such as https://acme.api.accelo.com')
    .option('--client-id <id>', 'a service application')
    .option('--client-secret <secret>', 'its secret')
    .option('--token <token>', 'an access token to read with, in place of one of the service application')
    .option('--web-client-id <id>', 'a web application')
    .option('--web-client-secret <secret>', 'its secret')
    .option('--redirect-uri <uri>', 'its redirect URI')
    .option('--username <name>', 'who signs in to it and allows it, on the pages of an Accord')
    .option('--password <password>', 'their password')
    .option('--code <code>', 'or a code that was fetched by hand; repeatable, each serves one probe', collect)
    .option('--other-client-id <id>', 'another web or installed application')
    .option('--other-client-secret <secret>', 'its secret')
    .option('--restricted-token <token>', 'token of a person without access to companies')
    .option('--address-client-id <id>', 'a service application that may be used from other addresses only')
    .option('--address-client-secret <secret>', 'its secret')
    .option('--domain-client-id <id>', 'a service application that may be used from other domains only')
    .option('--domain-client-secret <secret>', 'its secret')
    .option('--only <row>', 'rows of a status, such as invalid_grant, or a row; repeatable', collect)
    .option(
      '--writes',
      'make, change and remove companies named "accord conform …"; without it nothing is written',
    )
    .option('--lockout [attempts]', 'fail to authenticate, under made-up names, until it is locked (100)')
    .option(
      '--exhaust',
      'USE UP the requests of the hour: everyone else of the deployment is refused until it ends',
    )
    .option(
      '--profile <profile>',
      'accord or hosted: whether what is our own has to be there (as answers show)',
    )
    .option('--max-requests <number>', 'requests at most (500)')
    .option('--patience <seconds>', 'how long a probe may wait for something to end (5; 601 for all)')
    .option('--timeout <seconds>', 'how long an answer may take (30)')
    .option('--json', 'print JSON')
    .option('--junit <file>', 'write JUnit XML too')
    .addHelpText(
      'after',
      `\n${advice}\nExit code: 0 no difference, 1 differences, 2 wrong usage or no answer, 130 stopped.`,
    )
    .action(run);
}

async function run(url: string, flags: Flags): Promise<void> {
  const text = (name: string): string | undefined => textOf(flags, name);
  const origin = originOf(url);
  const only = onlyOf((flags.only as readonly string[] | undefined) ?? []);
  const limits = {
    maxRequests: numberOf(flags, 'maxRequests', 500),
    patience: numberOf(flags, 'patience', 5),
    timeout: numberOf(flags, 'timeout', 30) * 1_000,
  };
  const pieces = piecesOf(flags);
  const profile = text('profile');
  if (profile !== undefined && profile !== 'accord' && profile !== 'hosted')
    throw new BadUsage(`--profile is "${profile}": accord or hosted is wanted`);
  const stop = new AbortController();
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) process.exit(130);
    interrupted = true;
    remark('stopping: what was made is removed first; again to leave it behind');
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  if (pieces.exhaust) remark('--exhaust: the deployment will refuse everyone until the hour ends');
  if (pieces.lockout !== undefined) remark(`--lockout: up to ${pieces.lockout + 2} failed attempts each`);
  try {
    const mark = `accord conform ${randomBytes(4).toString('hex')}`;
    const report = await conform({
      ...{ origin, pieces, limits, only, mark },
      profile: profile as Profile | undefined,
      signal: stop.signal,
      ...(process.stderr.isTTY ? { progress: ({ row }) => process.stderr.write(`\r\u001b[K${row}`) } : {}),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    if (flags.json === true) {
      printJson(report);
      tellLeft(report);
    } else tell(report);
    const file = text('junit');
    if (file !== undefined)
      await writeFile(file, junit(report)).catch((error: Error) => {
        throw new Failure(`--junit: ${file} cannot be written: ${error.message}`);
      });
    process.exitCode = interrupted ? 130 : isSame(report) ? 0 : 1;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  }
}

const variableOf = (flag: string): string =>
  `ACCORD_CONFORM_${flag.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const written = (flag: string): string =>
  `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function textOf(flags: Flags, flag: string): string | undefined {
  const given = flags[flag];
  const value = typeof given === 'string' ? given : process.env[variableOf(flag)];
  return value === '' ? undefined : value;
}

function numberOf(flags: Flags, flag: string, usual: number): number {
  const value = textOf(flags, flag);
  if (value === undefined) return usual;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0 || parsed > 1_000_000)
    throw new BadUsage(`${written(flag)} is "${value}": a whole number is wanted`);
  return parsed;
}

function piecesOf(flags: Flags): Pieces {
  const text = (flag: string): string | undefined => textOf(flags, flag);
  const both = <T>(one: string, other: string, make: (a: string, b: string) => T): T | undefined => {
    const [a, b] = [text(one), text(other)];
    if ((a === undefined) !== (b === undefined))
      throw new BadUsage(
        `${written(one)} and ${written(other)} (${variableOf(one)}, ${variableOf(other)}) are needed together`,
      );
    return a === undefined || b === undefined ? undefined : make(a, b);
  };
  const client = (prefix: string): Client | undefined => {
    const named = (name: string) =>
      prefix === '' ? name : `${prefix}${name[0]?.toUpperCase()}${name.slice(1)}`;
    return both(named('clientId'), named('clientSecret'), (id, secret) => ({ id, secret }));
  };
  return {
    token: text('token'),
    service: client(''),
    web: client('web'),
    redirectUri: text('redirectUri'),
    person: both('username', 'password', (username, password) => ({ username, password })),
    codes: (flags.code as readonly string[] | undefined) ?? [],
    other: client('other'),
    restricted: text('restrictedToken'),
    address: client('address'),
    domain: client('domain'),
    writes: flags.writes === true,
    lockout:
      flags.lockout === undefined
        ? undefined
        : flags.lockout === true
          ? 100
          : numberOf(flags, 'lockout', 100),
    exhaust: flags.exhaust === true,
  };
}

function originOf(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new BadUsage(
      `"${url}" is no URL that begins with http:// or https://, such as https://acme.api.accelo.com`,
    );
  if (parsed.username !== '' || parsed.password !== '')
    throw new BadUsage('the URL has credentials: give them with --client-id and --client-secret');
  return new URL(parsed.origin);
}
