import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { rootCertificates } from 'node:tls';
import { Failure } from '../contract/failure.ts';
import { HttpClient } from '../http/client.ts';
import { outgoingTimeouts } from '../http/timeouts.ts';
import { ledEnvironment, type Variables } from './led-environment.ts';
import { type Proof, prove } from './proof.ts';

/** A path that no server has, and its answer. */
export function newProof(): { readonly path: string; readonly text: string } {
  const text = randomUUID();
  return { path: `/.accord-proxy/${text}`, text };
}

export interface Led {
  readonly command: readonly string[];
  /** Origin of the proxy. */
  readonly url: string;
  /** Host names that are led here; `*` may stand for the first label. */
  readonly hosts: readonly string[];
  readonly to: URL;
  /** PEM file of the authority. */
  readonly authority: string;
  /** Whether other hosts are let through. */
  readonly others: boolean;
  readonly proof: { readonly path: string; readonly text: string };
  /** Programs to prove it with, where the caller names them. */
  readonly programs: readonly string[] | undefined;
  /** Takes a line for people: what was proved. */
  readonly remark: (line: string) => void;
}

/**
 * Runs a command whose requests to the hosts are led to the server. Answers its exit code, 128 and the number of the signal that ended it. Throws
 * `Failure`, and starts nothing, unless the server answers and the programs that will connect were led here.
 */
export async function runLed({
  command,
  url,
  hosts,
  to,
  authority,
  others,
  proof,
  programs,
  remark,
}: Led): Promise<number> {
  const [word = '', ...words] = command;
  const host = (hosts[0] ?? '').replace(/^\*/, 'accord-proof');
  await requireServer(to, authority);
  const { variables, release } = await ledEnvironment(process.env, { url, authority, others });
  try {
    const asked: Proof = { url: `https://${host}${proof.path}`, text: proof.text };
    const proved = await prove(word, programs, asked, variables);
    remark(
      proved.length > 0
        ? `${hosts.join(', ')}: ${proved.join(', ')} asked for it and came to ${to.origin}. Whatever else ${word} runs was not tried.`
        : `Nothing was tried: whether requests of ${word} come to ${to.origin} is not known.`,
    );
    return await run(word, words, variables);
  } finally {
    await release();
  }
}

/** With no server, every request of the command would end in 502. */
async function requireServer(to: URL, authority: string): Promise<void> {
  const ca = [...rootCertificates, await readFile(authority, 'utf8')];
  const client = new HttpClient({ silenceMs: outgoingTimeouts.healthMs, ca });
  try {
    const signal = AbortSignal.timeout(outgoingTimeouts.healthMs);
    const { body } = await client.send(new URL('/healthz', to), { method: 'GET', signal });
    body.on('error', () => {}).destroy();
  } catch (error) {
    throw new Failure(
      `no server answers at ${to.origin} (${(error as Error).message}): start one with accord serve --sandbox --sample, or name another with --to`,
    );
  } finally {
    await client.close();
  }
}

const passedOn: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** Its input and output are ours. A terminal sends Ctrl-C to both, so it is not passed on a second time. */
function run(word: string, words: readonly string[], env: Variables): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(word, words, { stdio: 'inherit', env });
    const passOn = (signal: NodeJS.Signals): void => {
      if (!(process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT'))) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, passOn);
    const over = (): void => {
      for (const signal of passedOn) process.off(signal, passOn);
    };
    child.once('error', (error) => {
      over();
      reject(new Failure(`${word} cannot be started (${error.message}): check the command after --`));
    });
    child.once('exit', (code, signal) => {
      over();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
