import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Failure } from '../../contract/failure.ts';
import { announcement } from '../../sandbox/announcement.ts';
import type { Environment, Terminal } from '../terminal.ts';

/** The flags of every command that calls the control API of a sandbox. */
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
    .option('--data <dir>', 'data folder of a sandbox that runs here (./data; ACCORD_DATA)')
    .option('--url <origin>', 'a sandbox elsewhere, such as http://localhost:4280')
    .option('--token <token>', 'its token (ACCORD_SANDBOX_TOKEN)')
    .option('--json', 'print JSON');

export const withDeploymentControl = (command: Command): Command =>
  withControlOptions(command).option(
    '--deployment <name>',
    'which deployment (planet-express; ACCORD_DEPLOYMENT)',
  );

export interface SandboxControl {
  /** In a path of the control API. */
  readonly deployment: string;
  /** One request to the control API; `path` is below `/sandbox/v0/`. Returns the text of its answer. Throws a `Failure` with the error of the sandbox. */
  text(method: string, path: string, body?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The same, and returns the JSON of its answer. */
  json<T>(...request: Parameters<SandboxControl['text']>): Promise<T>;
}

/** The control API of the sandbox that the flags name, or that runs on the data folder. */
export function controlOf(terminal: Terminal, flags: DeploymentFlags): SandboxControl {
  const text: SandboxControl['text'] = async (method, path, body) => {
    const { url, token } = await reach(terminal.environment, flags);
    const answer = await terminal.exchange({
      method,
      url: new URL(`${url}/sandbox/v0/${path}`),
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      body: body && JSON.stringify(body),
      advice: 'start one with accord serve --sandbox, or name another with --data, or with --url and --token',
    });
    if (answer.http !== 200) throw new Failure(problemIn(answer.text, answer.http, url));
    return answer.text;
  };
  const deployment = flags.deployment || terminal.environment.ACCORD_DEPLOYMENT || 'planet-express';
  return {
    deployment: encodeURIComponent(deployment),
    text,
    json: async <T>(...request: Parameters<SandboxControl['text']>) =>
      JSON.parse(await text(...request)) as T,
  };
}

interface Announcement {
  readonly url: string;
  readonly token: string;
}

async function reach(
  environment: Environment,
  { data, url, token = environment.ACCORD_SANDBOX_TOKEN }: ControlFlags,
): Promise<Announcement> {
  if (url !== undefined && token) return { url: originOf(url), token };
  const file = announcement(data || environment.ACCORD_DATA || './data');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new Failure(
      `no sandbox runs on ${file.slice(0, -'/sandbox.json'.length)}: start one with accord serve --sandbox, name its folder with --data, or give --url and --token`,
    );
  const announced = JSON.parse(text) as Announcement;
  return { url: originOf(url ?? announced.url), token: token || announced.token };
}

function originOf(url: string): string {
  if (!URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol))
    throw new Failure(`--url is "${url}": a URL that begins with http:// or https:// is wanted`);
  return new URL(url).origin;
}

function problemIn(text: string, http: number, url: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // No JSON: the answer of another server.
  }
  return `${url} is no sandbox (it answered ${http}): start it with accord serve --sandbox`;
}
