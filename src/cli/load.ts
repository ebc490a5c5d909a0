import type { Command } from 'commander';
import { print, printJson } from './print.ts';
import { createProgress } from './progress.ts';
import { type StoreFlags, withDeployment, withDeploymentOptions } from './store-options.ts';
import { prepareInOrder, writeAll } from './transfer/load-objects.ts';
import { readObjects } from './transfer/read-file.ts';

interface Flags extends StoreFlags {
  readonly progress?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  withDeploymentOptions(command.argument('<file>', 'JSON or NDJSON; - for standard input'))
    .option('--progress', 'count on standard error, also when it is no terminal')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(load);
}

const help = `
The file is all or nothing: every object is written, or none.

  JSON    {"companies": [{"id": 1, "name": "Planet Express", "status_id": 2}, …], "company_statuses": [{…}], …}
  NDJSON  {"resource": "companies", "id": 1, "name": "Planet Express"}          one object a line,
          {"companies": {"id": 1, "name": "Planet Express"}}                    in either way

Objects have the keys of a POST, an id of their own if they are to have one, and also what only the server sets (date_created). Their
order does not matter: links may lead forward. What a row does not say is what a POST would make of it; a row that says everything (as
those of accord dump do) is written as it is. A member of staff or a contact may carry a password, which is hashed (that of a member of
staff has 8 characters or more, and is not one of those guessed first), and a member of staff an access: a level, or {"everything": "standard", "companies": "none"}. A contact with a company_id gets its affiliation, as by POST.
Messages are those of the API, with the place: companies[3] is the fourth company of the file.
`;

const load = (file: string, { progress: asked, json, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async (opened) => {
    const progress = createProgress(asked);
    const began = performance.now();
    try {
      const found = await readObjects(file, opened.catalogue);
      const rows = await prepareInOrder(found, opened.catalogue, progress);
      await writeAll(rows, opened, progress);
      progress.end();
      const counts = Object.entries(Object.groupBy(rows, ({ resource }) => resource.name)).map(
        ([name, list]) => [name, list?.length ?? 0] as const,
      );
      const seconds = Math.round(performance.now() - began) / 1_000;
      if (json)
        return printJson({
          deployment: opened.deployment.name,
          loaded: Object.fromEntries(counts),
          total: rows.length,
          seconds,
        });
      for (const [name, count] of counts) print(`${String(count).padStart(8)} ${name}`);
      print(
        `${String(rows.length).padStart(8)} objects loaded into ${opened.deployment.name} in ${seconds} s`,
      );
    } catch (error) {
      progress.end();
      throw error;
    }
  });
