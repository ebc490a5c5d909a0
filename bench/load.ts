import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is sent again and again, as the Lua of `wrk`. */
export interface Load {
  readonly name: string;
  readonly expect: number;
  /** An expression for the path; may use `random(n)`, which is 1 to n. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An expression for a form body, which makes it a POST; may use `made`, the number of requests so far. */
  readonly body?: string;
}

export interface Measured {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const quoted = (text: string): string => JSON.stringify(text);

function script({ path, headers, body }: Load): string {
  const table = Object.entries(headers).map(([name, value]) => `[${quoted(name)}] = ${quoted(value)}`);
  return `
    local made, run = 0, tostring(os.time())
    local headers = { ${table.join(', ')} }
    local random = math.random
    function init() math.randomseed(os.time()) end
    function request()
      made = made + 1
      return wrk.format(${body === undefined ? '"GET"' : '"POST"'}, ${path}, headers, ${body ?? 'nil'})
    end
    function done(summary, latency)
      io.write(string.format('{"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), summary.errors.status,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
    end`;
}

// The servers have the first core, the generator the second.
const pinned = spawnSync('taskset', ['-c', '1', 'true']).status === 0;

/**
 * Keeps 32 requests under way for so many seconds, by `wrk`. It has to be a generator that costs next to nothing: one that is as busy as the
 * server is awake when a fast server answers and asleep when a slower one does, and the slower one then pays for waking it.
 */
export async function measure(port: number, load: Load, seconds: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-load-'));
  try {
    const file = join(folder, 'load.lua');
    await writeFile(file, script(load));
    const args = ['-t1', '-c32', `-d${seconds}s`, '-s', file, `http://127.0.0.1:${port}`];
    const said = await run(pinned ? 'taskset' : 'wrk', pinned ? ['-c', '1', 'wrk', ...args] : args);
    const line = said.split('\n').find((each) => each.startsWith('{'));
    if (line === undefined) throw new Error(`${load.name}: wrk said:\n${said}`);
    const told = JSON.parse(line) as Record<'requests' | 'us' | 'p50' | 'p99' | 'refused' | 'broken', number>;
    const wrong = load.expect < 400 ? told.refused : told.requests - told.refused;
    if (wrong > 0 || told.broken > 0 || told.requests === 0)
      throw new Error(`${load.name}: ${wrong} of ${told.requests} answers were unexpected:\n${said}`);
    return { rate: told.requests / (told.us / 1e6), p50: told.p50 / 1_000, p99: told.p99 / 1_000 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
    child.once('error', () =>
      reject(new Error('the bench needs wrk: apt-get install wrk, or brew install wrk')),
    );
    child.once('close', () => resolve(said));
  });
}
