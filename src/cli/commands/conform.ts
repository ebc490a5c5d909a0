import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { junit } from '../../conform/junit.ts';
import { onlyOf } from '../../conform/only.ts';
import type { Client, Pieces } from '../../conform/pieces.ts';
import { type ConformReport, conform, type Profile } from '../../conform/run.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { isSame, printReport, remarkLeft } from '../conform/report.ts';
import { collect } from '../store-options.ts';
import type { Environment, Terminal } from '../terminal.ts';

type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const advice = 'Every secret is better in a variable, such as ACCORD_CONFORM_CLIENT_SECRET, than in a flag.';

export const summary = 'find where a server differs from the contract of statuses';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('<url>', 'origin of the API, such as https://acme.api.accelo.com')
    .option('--client-id <id>', 'a service application')
    .option('--client-secret <secret>', 'its secret')
    .option('--token <token>', 'an access token to read with, instead of one of the service application')
    .option('--web-client-id <id>', 'a web application')
    .option('--web-client-secret <secret>', 'its secret')
    .option('--redirect-uri <uri>', 'its redirect URI')
    .option('--username <name>', 'who signs in and consents, on the pages of an Accord server')
    .option('--password <password>', 'their password')
    .option('--code <code>', 'or a code obtained by hand; repeatable, each serves one probe', collect)
    .option('--other-client-id <id>', 'another web or installed application')
    .option('--other-client-secret <secret>', 'its secret')
    .option('--restricted-token <token>', 'token of a person without access to companies')
    .option('--address-client-id <id>', 'a service application that other addresses only may use')
    .option('--address-client-secret <secret>', 'its secret')
    .option('--domain-client-id <id>', 'a service application that other domains only may use')
    .option('--domain-client-secret <secret>', 'its secret')
    .option('--only <row>', 'rows of a status, such as invalid_grant, or a row; repeatable', collect)
    .option(
      '--writes',
      'create, change and delete companies named "accord conform …"; without it nothing is written',
    )
    .option(
      '--lockout [attempts]',
      'fail to authenticate under made-up names until they are locked out (100)',
    )
    .option(
      '--exhaust',
      'USE UP the requests of the hour: everyone else of the deployment is refused until it ends',
    )
    .option(
      '--profile <profile>',
      'accord or hosted: whether what only Accord has is required (as answers show)',
    )
    .option('--max-requests <number>', 'requests at most (500)')
    .option('--patience <seconds>', 'how long a probe may wait for something to expire (5; 601 for all)')
    .option('--timeout <seconds>', 'how many seconds an answer may take (30)')
    .option('--json', 'print JSON')
    .option('--junit <file>', 'write JUnit XML too')
    .addHelpText(
      'after',
      `\n${advice}\nExit code: 0 no difference, 1 differences, 2 wrong usage or no answer, 130 stopped.`,
    )
    .action((url: string, flags: Flags) => probe(terminal, url, flags));
}

/** What a command line says, with variables for what its flags leave out. */
interface Given {
  readonly flags: Flags;
  readonly environment: Environment;
}

async function probe(terminal: Terminal, url: string, flags: Flags): Promise<void> {
  const given = { flags, environment: terminal.environment };
  const request = {
    origin: originOf(url),
    only: onlyOf((flags.only as readonly string[] | undefined) ?? []),
    limits: {
      maxRequests: numberOf(given, 'maxRequests', 500),
      patience: numberOf(given, 'patience', 5),
      timeout: numberOf(given, 'timeout', 30) * 1_000,
    },
    pieces: piecesOf(given),
    profile: profileOf(given),
    mark: `accord conform ${randomBytes(4).toString('hex')}`,
  };
  const stop = new AbortController();
  const ignore = terminal.onSignal(() => {
    if (stop.signal.aborted) terminal.exit(130);
    terminal.remark('stopping: what was made is removed first; again to leave it behind');
    stop.abort();
  });
  warnOf(terminal, request.pieces);
  const { stderr } = terminal;
  try {
    const report = await conform({
      ...request,
      signal: stop.signal,
      ...(stderr.isTTY ? { progress: ({ row }) => void stderr.write(`\r\u001b[K${row}`) } : {}),
    });
    if (stderr.isTTY) stderr.write('\r\u001b[K');
    if (flags.json === true) {
      terminal.printJson(report);
      remarkLeft(terminal, report);
    } else printReport(terminal, report);
    await writeJunit(textOf(given, 'junit'), report);
    const differs = isSame(report) ? 0 : 1;
    terminal.exitCode = stop.signal.aborted ? 130 : differs;
  } finally {
    ignore();
  }
}

function warnOf(terminal: Terminal, { exhaust, lockout }: Pieces): void {
  if (exhaust) terminal.remark('--exhaust: the deployment will refuse everyone until the hour ends');
  if (lockout !== undefined) terminal.remark(`--lockout: up to ${lockout + 2} failed attempts each`);
}

async function writeJunit(file: string | undefined, report: ConformReport): Promise<void> {
  if (file === undefined) return;
  await writeFile(file, junit(report)).catch((error: Error) => {
    throw new Failure(`--junit: ${file} cannot be written: ${error.message}`);
  });
}

function profileOf(given: Given): Profile | undefined {
  const profile = textOf(given, 'profile');
  if (profile === undefined || profile === 'accord' || profile === 'hosted') return profile;
  throw new BadUsage(`--profile is "${profile}": accord or hosted is wanted`);
}

const variableOf = (flag: string): string =>
  `ACCORD_CONFORM_${flag.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const flagText = (flag: string): string =>
  `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function textOf({ flags, environment }: Given, flag: string): string | undefined {
  const written = flags[flag];
  const value = typeof written === 'string' ? written : environment[variableOf(flag)];
  return value === '' ? undefined : value;
}

function numberOf(given: Given, flag: string, usual: number): number {
  const value = textOf(given, flag);
  if (value === undefined) return usual;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 0 || parsed > 1_000_000)
    throw new BadUsage(`${flagText(flag)} is "${value}": a whole number is wanted`);
  return parsed;
}

function piecesOf(given: Given): Pieces {
  const { flags } = given;
  const text = (flag: string): string | undefined => textOf(given, flag);
  const both = <T>(one: string, other: string, make: (a: string, b: string) => T): T | undefined => {
    const [a, b] = [text(one), text(other)];
    if ((a === undefined) !== (b === undefined))
      throw new BadUsage(
        `${flagText(one)} and ${flagText(other)} (${variableOf(one)}, ${variableOf(other)}) are needed together`,
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
    lockout: flags.lockout === undefined ? undefined : numberOf(given, 'lockout', 100),
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
