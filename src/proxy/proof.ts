import { execFile } from 'node:child_process';
import { Failure } from '../contract/failure.ts';
import type { Variables } from './led-environment.ts';
import { findProgram, kindNamed, type Runtime, scriptsPath } from './programs.ts';

/** What to ask, and the text that nobody but our proxy answers it with. */
export interface Proof {
  readonly url: string;
  readonly text: string;
}

interface Tried {
  readonly path: string;
  readonly runtime: Runtime;
}

/** Milliseconds for one program to ask. */
const proofTimeoutMs = 20_000;

// An old Node is not let ask at all: it would ask the hosted service. Node has two clients, which are led separately.
const node = `
if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) {
  console.error('Node ' + process.version + ' ignores NODE_USE_ENV_PROXY; 22.21, or 24.5 and later, heed it');
  process.exit(1);
}
const url = process.argv[1];
const get = () => new Promise((resolve, reject) => require('https').get(url, (answer) => {
  let text = '';
  answer.setEncoding('utf8').on('data', (chunk) => { text += chunk; }).on('end', () => resolve(text));
}).on('error', reject));
Promise.all([fetch(url).then((answer) => answer.text()), get()]).then(
  ([one, other]) => { console.log(one === other ? one : 'fetch and node:https were answered differently'); },
  (error) => { console.error(String(error.cause || error)); process.exit(1); },
);`;

const python = `
import sys, urllib.request
url = sys.argv[1]
text = urllib.request.urlopen(url, timeout=15).read().decode()
try:
    import requests
except ImportError:
    requests = None
if requests and requests.get(url, timeout=15).text != text:
    sys.exit('urllib and requests were answered differently')
print(text)`;

const perl = `
my $answer = HTTP::Tiny->new(verify_SSL => 1, timeout => 15)->get($ARGV[0]);
print $answer->{content};`;

const asking: Readonly<Record<Runtime, (url: string) => readonly string[]>> = {
  node: (url) => ['-e', node, url],
  python: (url) => ['-c', python, url],
  ruby: (url) => ['-rnet/http', '-e', 'puts Net::HTTP.get(URI(ARGV[0]))', url],
  perl: (url) => ['-MHTTP::Tiny', '-e', perl, url],
  curl: (url) => ['-sS', '--max-time', '15', url],
};

/**
 * Has the hosted name asked by each program that a command will connect with, in the environment that the command will have. Answers the
 * programs that were led here. Throws `Failure` when one was not, or when it cannot be known which programs they are. `given`: the programs,
 * by name, where the caller says so; `none` for no proof.
 */
export async function prove(
  word: string,
  given: readonly string[] | undefined,
  { url, text }: Proof,
  variables: Variables,
): Promise<readonly string[]> {
  const tried =
    given === undefined ? await runtimesOf(word, variables) : await runtimesNamed(given, variables);
  for (const { path, runtime } of tried) {
    const problem = await ask(path, asking[runtime](url), text, variables);
    if (problem !== undefined)
      throw new Failure(
        `${path} does not reach this proxy: ${problem}. ${word} was not started, because its requests would go to the hosted service; ` +
          'docs/guides/clients.md says what each language needs',
      );
  }
  return tried.map(({ path }) => path);
}

async function runtimesOf(word: string, variables: Variables): Promise<readonly Tried[]> {
  const path = variables.PATH ?? '';
  const found = await findProgram(word, path);
  if (!found) throw new Failure(`there is no program ${word}: name one that can be found in PATH, after --`);
  if (found.kind === 'scripts') return nodesOfScripts(path);
  if (found.kind === 'shell') return present(['node', 'python3', 'curl'], path);
  if (found.kind !== 'unknown') return [{ path: found.path, runtime: found.kind }];
  throw new Failure(
    `nobody can tell how ${word} connects, so it cannot be proved that its requests come here, and it was not started: ` +
      'name the program that connects, such as --prove node or --prove python3, or start it all the same with --prove none',
  );
}

/** A script of this folder finds the first; one of another folder (`npm --prefix`, a workspace) may find the second. */
async function nodesOfScripts(path: string): Promise<readonly Tried[]> {
  const [first = [], second = []] = await Promise.all([
    present(['node'], scriptsPath(process.cwd(), path)),
    present(['node'], path),
  ]);
  return [...first, ...second.filter((node) => node.path !== first[0]?.path)];
}

async function runtimesNamed(given: readonly string[], variables: Variables): Promise<readonly Tried[]> {
  if (given.includes('none')) return [];
  const path = variables.PATH ?? '';
  for (const name of given) {
    const kind = kindNamed(name);
    if (kind === undefined || !(kind in asking))
      throw new Failure(`--prove ${name}: one of node, python3, ruby, perl, curl and none is wanted`);
  }
  const tried = await present(given, path);
  const absent = given.find((name) => !tried.some(({ name: found }) => found === name));
  if (absent !== undefined) throw new Failure(`--prove ${absent}: there is no such program in PATH`);
  return tried;
}

/** Those of some programs that there are. */
async function present(
  names: readonly string[],
  path: string,
): Promise<readonly (Tried & { readonly name: string })[]> {
  const found = await Promise.all(names.map((name) => findProgram(name, path)));
  return names.flatMap((name, i) => {
    const runtime = kindNamed(name) as Runtime;
    const at = found[i]?.path;
    return at === undefined ? [] : [{ name, path: at, runtime }];
  });
}

/** Why the answer was not ours; `undefined` when it was. */
function ask(
  path: string,
  words: readonly string[],
  text: string,
  variables: Variables,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, words, { env: variables, timeout: proofTimeoutMs }, (error, out, err) => {
      if (!error && out.trimEnd().endsWith(text)) return resolve(undefined);
      const [line] = err.trim().split('\n').slice(-1);
      const silent = error?.killed
        ? `it did not answer in ${proofTimeoutMs / 1_000} seconds`
        : 'somebody else answered';
      resolve(line || silent);
    });
  });
}
