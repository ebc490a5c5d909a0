import { exchange } from '../http/exchange.ts';
import type { LogEntry } from '../observe/entry.ts';
import { explanationOf } from '../observe/explanation.ts';
import { sample } from '../sample/sample.ts';
import type {
  ForkOptions,
  SandboxClock,
  SandboxDeployment,
  SandboxFaultAdded,
  SandboxMoment,
} from './handle.ts';

/** Where a sandbox is reached, and by what token. */
export interface ReachedSandbox {
  readonly origin: string;
  readonly token: string;
  /** Its forks went with it. */
  readonly ended: () => boolean;
  /** What the request log has of a deployment, the oldest first; all that was answered is in it. */
  readonly requests: (deployment: string) => Promise<readonly LogEntry[]>;
}

interface Fork {
  readonly name: string;
  readonly host: string;
  readonly url: string;
}

/** The face of one deployment of a sandbox. `close`: what ends it. */
export function sandboxDeployment(
  reached: ReachedSandbox,
  { name, host, url }: Fork,
  close: () => Promise<void>,
): SandboxDeployment {
  const control: SandboxDeployment['control'] = (method, path, body) => ask(reached, method, path, body);
  const own: Own = (method, path, body) => control(method, `deployments/${name}/${path}`, body);
  const { service, web, installed, browser } = sample.clients;
  const { password } = sample;
  let closing: Promise<void> | undefined;
  const closed = (): Promise<void> => {
    closing ??= close();
    return closing;
  };
  return Object.freeze<SandboxDeployment>({
    deployment: name,
    url,
    baseUrl: `${url}/api/v0`,
    host,
    token: sample.token,
    expiredToken: sample.expiredToken,
    revokedToken: sample.revokedToken,
    lockedOutToken: sample.lockedOutToken,
    applications: { service, web: { ...web, redirectUri: sample.redirectUri }, installed, browser },
    staff: {
      admin: { username: sample.admin, password },
      restricted: { username: sample.restricted, password },
      lockedOut: { username: sample.lockedOut, password },
      inactive: { username: sample.inactive, password },
    },
    clock: clockOf(own),
    fork: async ({ name, from, expires }: ForkOptions = {}) => {
      const fork = await own<Fork>('POST', 'forks', { name, from, expires, port: 1 });
      const { protocol, hostname } = new URL(reached.origin);
      const url = `${protocol}//${hostname}:${new URL(fork.url).port}`;
      return sandboxDeployment(reached, { ...fork, url }, async () => {
        if (!reached.ended()) await control('DELETE', `forks/${fork.name}`);
      });
    },
    snapshot: async (name, { replace = false } = {}) => {
      await own('POST', 'snapshots', { name, replace });
    },
    restore: async (name) => {
      await own('POST', `snapshots/${encodeURIComponent(name)}/restore`);
    },
    reset: async () => {
      await own('POST', 'reset');
    },
    fault: async ({ retryAfter, after, until, ...fault }) => {
      const moments = Object.entries({ after, until }).map(([name, at]) => [
        name,
        at === undefined ? undefined : secondsOf(at),
      ]);
      const body = { ...fault, retry_after: retryAfter, ...Object.fromEntries(moments) };
      return faultOf(own, (await own<{ id: string }>('POST', 'faults', body)).id);
    },
    requests: () => reached.requests(name),
    explain: async (id) => {
      const entry = (await reached.requests(name)).find((each) => each.id === id);
      if (entry) return explanationOf(entry, name);
      throw new Error(`no request ${id} of ${name} is known: give the X-Request-Id of an answer`);
    },
    control,
    close: closed,
    [Symbol.asyncDispose]: closed,
  });
}

type Own = <T>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
) => Promise<T>;

function faultOf(own: Own, id: string): SandboxFaultAdded {
  const counts = () => own<{ matches: number; hits: number }>('GET', `faults/${id}`);
  const remove = async (): Promise<void> => {
    await own('DELETE', `faults/${id}`);
  };
  return Object.freeze<SandboxFaultAdded>({
    id,
    hits: async () => (await counts()).hits,
    matches: async () => (await counts()).matches,
    remove,
    [Symbol.asyncDispose]: remove,
  });
}

function clockOf(own: Own): SandboxClock {
  const move = async (body: Readonly<Record<string, unknown>>): Promise<void> => {
    await own('POST', 'clock', body);
  };
  return Object.freeze<SandboxClock>({
    now: async () => (await own<{ now: number }>('GET', 'clock')).now,
    freeze: (at) => move({ freeze: true, ...(at === undefined ? {} : { set: secondsOf(at) }) }),
    run: () => move({ freeze: false }),
    set: (at) => move({ set: secondsOf(at) }),
    advance: (seconds) => move({ advance: seconds }),
    reset: async () => {
      await own('DELETE', 'clock');
    },
  });
}

/** Throws an Error fit for people for what is no moment. */
export function secondsOf(at: SandboxMoment): number {
  const seconds = typeof at === 'number' ? at : Math.floor(new Date(at).getTime() / 1_000);
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  throw new Error(
    `"${String(at)}" is no moment: unix seconds, a Date, or a text such as 2027-01-31T12:00:00Z is wanted`,
  );
}

async function ask<T>(
  { origin, token }: ReachedSandbox,
  method: string,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<T> {
  const { http, text, headers } = await exchange({
    method,
    url: new URL(`${origin}/sandbox/v0/${path}`),
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    advice: 'this sandbox was closed: start another with startSandbox()',
  });
  if (http !== 200) throw new Error(errorIn(text));
  // Runs and reports in other formats are texts.
  return (/^application\/json\b/.test(String(headers['content-type'])) ? JSON.parse(text) : text) as T;
}

function errorIn(text: string): string {
  try {
    return String((JSON.parse(text) as { error?: unknown }).error ?? text);
  } catch {
    return text;
  }
}
