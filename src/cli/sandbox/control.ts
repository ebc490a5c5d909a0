import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Failure } from '../../contract/failure.ts';
import { exchange } from '../../http/exchange.ts';
import { announcement } from '../../sandbox/announcement.ts';

/** The flags of every command that speaks to a sandbox. */
export interface ControlFlags {
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export interface DeploymentFlags extends ControlFlags {
  readonly deployment?: string;
}

export const withControlOptions = (command: Command): Command =>
  command
    .option(
      '--data <dir>',
      'data folder of the sandbox, where it says how it is reached (./data; ACCORD_DATA)',
    )
    .option('--url <origin>', 'a sandbox elsewhere, such as http://localhost:4280')
    .option('--token <token>', 'its token (ACCORD_SANDBOX_TOKEN)')
    .option('--json', 'print JSON');

export const withDeploymentControl = (command: Command): Command =>
  withControlOptions(command).option(
    '--deployment <name>',
    'which deployment (planet-express; ACCORD_DEPLOYMENT)',
  );

export const deploymentOf = ({ deployment }: DeploymentFlags): string =>
  encodeURIComponent(deployment || process.env.ACCORD_DEPLOYMENT || 'planet-express');

interface Reached {
  readonly url: string;
  readonly token: string;
}

async function reach({
  data,
  url,
  token = process.env.ACCORD_SANDBOX_TOKEN,
}: ControlFlags): Promise<Reached> {
  if (url !== undefined && token) return { url: originOf(url), token };
  const file = announcement(data || process.env.ACCORD_DATA || './data');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new Failure(
      `no sandbox runs on ${file.slice(0, -'/sandbox.json'.length)}: start one with accord serve --sandbox, name its folder with --data, or give --url and --token`,
    );
  const told = JSON.parse(text) as Reached;
  return { url: originOf(url ?? told.url), token: token || told.token };
}

function originOf(url: string): string {
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
    throw new Failure(`--url is "${url}": a URL that begins with http:// or https:// is wanted`);
  return new URL(url).origin;
}

/** One request to the control API; `path` below `/sandbox/v0/`. Its text, for answers that are no JSON. Throws `Failure` with what the sandbox says. */
export async function controlText(
  flags: ControlFlags,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { url, token } = await reach(flags);
  const { http, text } = await exchange({
    method,
    url: new URL(`${url}/sandbox/v0/${path}`),
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    },
    body: body && JSON.stringify(body),
    advice: 'start one with accord serve --sandbox, or name another with --data, or with --url and --token',
  });
  if (http !== 200) throw new Failure(problemIn(text, http, url));
  return text;
}

/** The same, and the JSON of its answer. */
export const control = async <T>(...asked: Parameters<typeof controlText>): Promise<T> =>
  JSON.parse(await controlText(...asked)) as T;

function problemIn(text: string, http: number, url: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // As below.
  }
  return `${url} is no sandbox (it answered ${http}): start it with accord serve --sandbox`;
}
