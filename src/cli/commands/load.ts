import { dirname, extname, parse } from 'node:path';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { BadUsage } from '../../contract/failure.ts';
import { nearest } from '../../contract/nearest.ts';
import { openFiles } from '../../server/file-place.ts';
import { keepContents } from '../../transfer/contents.ts';
import { readCsv } from '../../transfer/csv.ts';
import { prepareInOrder, writeAll } from '../../transfer/load-objects.ts';
import type { Prepared } from '../../transfer/prepare.ts';
import { Problems } from '../../transfer/problems.ts';
import type { Progress } from '../../transfer/progress.ts';
import { type FoundObject, fileInput, type Input, readObjects } from '../../transfer/read-file.ts';
import { createProgress } from '../progress.ts';
import {
  type OpenedDeployment,
  type StoreFlags,
  withDeployment,
  withDeploymentOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly resource?: string;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export const summary = 'read objects from a file into a deployment';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command.argument('<file>', 'JSON, NDJSON or CSV; - for standard input'))
    .option('--resource <name>', 'the file is CSV, of this resource (the name of a .csv file says it too)')
    .option('--progress', 'count on standard error, also when it is no terminal')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((file: string, flags: Flags) => load(terminal, file, flags));
}

const help = `
The file is all or nothing: every object is written, or none.

  JSON    {"companies": [{"id": 1, "name": "Planet Express", "status_id": 2}, …], "company_statuses": [{…}], …}
  NDJSON  {"resource": "companies", "id": 1, "name": "Planet Express"}          one object a line,
          {"companies": {"id": 1, "name": "Planet Express"}}                    in either way
  CSV     id,name                                                               one resource a file, companies.csv;
          1,Planet Express                                                      the first line names fields

Objects have the keys of a POST, an id of their own if they are to have one, and also what only the server sets (date_created). Their
order does not matter: links may lead forward. What a row does not say is what a POST would make of it; a row that says everything (as
those of accord dump do) is written as it is. A member of staff or a contact may carry a password, which is hashed (that of a member of
staff has 8 characters or more, and is not one of those guessed first), and a member of staff an access: a level, or {"everything": "standard", "companies": "none"}. A contact with a company_id gets its affiliation, as by POST.
A row of resources may name a "file": a path from the folder of the data file, which it does not leave. Its contents are loaded too.
In CSV an empty cell says nothing.
Messages are those of the API, with the place: companies[3] is the fourth company of the file. All that is wrong is told at once, 50 at most.
`;

const load = (
  terminal: Terminal,
  file: string,
  { resource, progress: showProgress, json, ...flags }: Flags,
): Promise<void> =>
  withDeployment(terminal, flags, async (opened) => {
    const progress = createProgress(terminal, showProgress);
    const began = performance.now();
    try {
      const problems = new Problems();
      const found = await read(inputOf(file, terminal), resource, opened, problems);
      const folder = file === '-' ? undefined : dirname(file);
      const { catalogue, deployment } = opened;
      const rows = await prepareInOrder(found, catalogue, deployment, { problems, progress, folder });
      await write(rows, opened, progress);
      progress.end();
      const counts = Object.entries(Object.groupBy(rows, (row) => row.resource.name)).map(
        ([name, list]) => [name, list?.length ?? 0] as const,
      );
      const seconds = Math.round(performance.now() - began) / 1_000;
      if (json)
        return terminal.printJson({
          deployment: deployment.name,
          loaded: Object.fromEntries(counts),
          total: rows.length,
          seconds,
        });
      for (const [name, count] of counts) terminal.print(`${String(count).padStart(8)} ${name}`);
      terminal.print(
        `${String(rows.length).padStart(8)} objects loaded into ${deployment.name} in ${seconds} s`,
      );
    } catch (error) {
      progress.end();
      throw error;
    }
  });

const inputOf = (file: string, terminal: Terminal): Input =>
  file === '-' ? { name: 'standard input', open: () => terminal.stdin as Readable } : fileInput(file);

/** The objects of a file: CSV, by its name or with --resource; else JSON or NDJSON. */
function read(
  input: Input,
  resourceFlag: string | undefined,
  { catalogue }: OpenedDeployment,
  problems: Problems,
): Promise<readonly FoundObject[]> {
  const isCsv = extname(input.name).toLowerCase() === '.csv';
  if (resourceFlag === undefined && !isCsv) return readObjects(input, catalogue, problems);
  const name = resourceFlag ?? parse(input.name).name;
  const resource = catalogue.resources.get(name);
  if (!resource) {
    const flag =
      resourceFlag === undefined
        ? `${input.name}: name the resource of its rows with --resource`
        : `--resource ${resourceFlag}`;
    throw new BadUsage(`${flag}: there is no resource ${name}${nearest(name, catalogue.resources.keys())}`);
  }
  return readCsv(input, resource, catalogue, problems);
}

/** Contents of files first, so that no row lacks its contents; they are removed again when the rows are not written. */
async function write(rows: readonly Prepared[], opened: OpenedDeployment, progress: Progress): Promise<void> {
  if (rows.every((row) => row.file === undefined)) return writeAll(rows, opened, progress);
  const { files, release } = await openFiles(opened.config);
  try {
    const kept = await keepContents(rows, files, opened.deployment.id);
    await writeAll(kept.rows, opened, progress).catch(async (error: unknown) => {
      await kept.drop();
      throw error;
    });
  } finally {
    await release();
  }
}
