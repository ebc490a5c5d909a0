import { execFile } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { sources, testsOf } from './claims.ts';
import { observe, type Seen } from './coverage.ts';
import { needlessAfter, wrongAfter } from './explained.ts';
import { Hand, sqliteAlone } from './hand.ts';
import { tryKnown } from './known-trial.ts';
import { type Mutant, type Mutated, mutate } from './mutants.ts';
import { rowOf, survivorsOf, tableOf } from './report.ts';
import { selected } from './select.ts';
import { copyTree, root, writeAll } from './tree.ts';
import { type Result, Trial } from './trial.ts';

const help = `npm run mutate -- [options]

Changes the source in one small place at a time, and says which changes no test notices.

  --files GLOB        mutate these sources only, slow ones too; may be given more than once
  --since COMMIT      only lines that are new or changed since
  --sample N          only so many mutants of a few files, chosen by --seed TEXT (default 1)
  --again FILE        only what went unnoticed in this report
  --report FILE       keep all results as JSON
  --list-survivors    list what went unnoticed, and why it may
  --postgres          run what runs on every engine on PostgreSQL as well (default: SQLite alone)
  --known             try the known mutations first
  --concurrency N     processes at a time (default 2)

Fails when a mutant goes unnoticed and test/mutation/survivors.json does not explain it.
`;

const { values: flags } = parseArgs({
  options: {
    files: { type: 'string', multiple: true },
    since: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    again: { type: 'string' },
    report: { type: 'string' },
    'list-survivors': { type: 'boolean', default: false },
    postgres: { type: 'boolean', default: false },
    known: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
const concurrency = Number(flags.concurrency);
const print = (text: string): void => void process.stdout.write(text);
const began = performance.now();
const seconds = (): string => `${((performance.now() - began) / 1_000).toFixed(0)} s`;

/** A folder of databases with the tables of the source as it is. */
async function makeTemplates(folder: string): Promise<string> {
  const templates = join(folder, 'templates');
  mkdirSync(templates);
  await promisify(execFile)(process.execPath, [join(folder, 'test/harness/make-templates.ts'), templates], {
    env: { ...process.env, ...sqliteAlone, TMPDIR: folder },
  });
  return templates;
}

async function observeAll(folder: string, environment: NodeJS.ProcessEnv, files: readonly string[]) {
  const seen = new Map<string, Seen>();
  const queue = files.toReversed();
  const work = async (): Promise<void> => {
    const hand = new Hand(folder, environment);
    try {
      for (let file = queue.pop(); file; file = queue.pop()) seen.set(file, await observe(hand, file));
    } finally {
      hand.end();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return seen;
}

function keep(results: readonly Result[]): void {
  if (flags.report) writeFileSync(flags.report, `${JSON.stringify(results.map(rowOf), undefined, 1)}\n`);
}

async function tryMutants(mutated: Mutated, mutants: readonly Mutant[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  const tree = await copyTree();
  try {
    await writeAll(tree.folder, mutated.sources);
    const environment = {
      ...(flags.postgres ? {} : sqliteAlone),
      ACCORD_TEST_TEMPLATES: await makeTemplates(tree.folder),
    };
    const claimed = new Map(
      [...new Set(mutants.map(({ file }) => file))].map((file) => [
        file,
        [...new Set(globSync([...testsOf(file)], { cwd: tree.folder }))],
      ]),
    );
    const files = [...new Set([...claimed.values()].flat())].sort();
    const seen = await observeAll(tree.folder, environment, files);
    print(`${mutants.length} mutants, ${files.length} test files without a mutant in ${seconds()}\n`);
    const trial = new Trial(mutants, {
      folder: tree.folder,
      environment,
      concurrency,
      seenOf: (source) => (claimed.get(source) ?? []).flatMap((file) => seen.get(file) ?? []),
      onResult: (result) => {
        results.push(result);
        if (results.length % 50 > 0) return;
        print(`${results.length} of ${mutants.length}, ${seconds()}\n`);
        keep(results);
      },
    });
    await trial.run();
  } finally {
    await tree.remove();
  }
  return results;
}

async function run(): Promise<void> {
  const files = sources(flags.files);
  const wrong = flags.known ? await tryKnown(print) : [];
  const mutated = await mutate(new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')])));
  const mutants = selected(mutated.mutants, {
    since: flags.since,
    again: flags.again,
    sample: flags.sample === undefined ? undefined : Number(flags.sample),
    seed: flags.seed,
  });
  const results = mutants.length === 0 ? [] : await tryMutants(mutated, mutants);
  keep(results);
  if (flags['list-survivors']) print(survivorsOf(results));
  wrong.push(...wrongAfter(results));
  const lines = [...needlessAfter(results), ...wrong];
  print(`${tableOf(results)}${lines.map((line) => `${line}\n`).join('')}${seconds()}\n`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

if (flags.help) print(help);
else await run();
