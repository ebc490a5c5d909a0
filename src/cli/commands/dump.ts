import { once } from 'node:events';
import { isAbsolute } from 'node:path';
import type { Command } from 'commander';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { nearest } from '../../contract/nearest.ts';
import { openFiles } from '../../server/file-place.ts';
import { type Column, columnsOf } from '../../transfer/columns.ts';
import { type ContentsOut, putContents } from '../../transfer/contents-out.ts';
import { inOrderOfLinks } from '../../transfer/order.ts';
import { writtenValue } from '../../transfer/written.ts';
import { createProgress } from '../progress.ts';
import {
  collect,
  type OpenedDeployment,
  type StoreFlags,
  withDeployment,
  withDeploymentOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags {
  readonly ndjson?: boolean;
  readonly only?: readonly string[];
  readonly withSecrets?: boolean;
  readonly files?: string;
  readonly progress?: boolean;
}

export const summary = 'write all objects of a deployment';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command)
    .option('--ndjson', 'one object a line instead of one JSON document')
    .option('--only <resource>', 'only this resource; repeatable', collect)
    .option('--with-secrets', 'hashes of passwords and secrets of webhooks too')
    .option(
      '--files <dir>',
      'contents of files too, into this folder; rows have paths relative to the dump, so keep the dump beside the folder',
    )
    .option('--json', 'one JSON document (the default)')
    .option('--progress', 'count on standard error, also when it is no terminal')
    .action((flags: Flags) => dump(terminal, flags));
}

const batchRows = 1_000;

const dump = (terminal: Terminal, { files: folder, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async (opened) => {
    if (folder === undefined) return dumpRows(terminal, opened, flags, undefined);
    if (isAbsolute(folder))
      throw new BadUsage(`--files ${folder}: a path relative to the dump is wanted, such as files`);
    const { files, release } = await openFiles(opened.config);
    try {
      await dumpRows(terminal, opened, flags, {
        ...{ files, folder, deployment: opened.deployment.id },
        remark: (text) => terminal.remark(text),
      });
    } finally {
      await release();
    }
  });

async function dumpRows(
  terminal: Terminal,
  opened: OpenedDeployment,
  { ndjson, only, withSecrets, progress: showProgress }: Flags,
  contents: ContentsOut | undefined,
): Promise<void> {
  const { catalogue, store, deployment } = opened;
  for (const name of only ?? []) {
    if (!catalogue.resources.has(name))
      throw new Failure(
        `--only ${name}: there is no such resource${nearest(name, catalogue.resources.keys())}`,
      );
  }
  // A resource is read before those that it links to: nothing in the dump links to an object that is written meanwhile and missed.
  const resources = [...inOrderOfLinks(catalogue)]
    .reverse()
    .filter(({ name }) => only?.includes(name) ?? true);
  const progress = createProgress(terminal, showProgress);
  let before = ndjson ? '' : '{';
  for (const resource of resources) {
    const columns = columnsOf(resource).filter(({ secret }) => withSecrets || !secret);
    const total = await store.count(deployment.id, {
      table: resource.name,
      select: 'count',
      where: { all: [] },
      order: [],
      limit: 0,
      offset: 0,
    });
    progress.begin(resource.name, total);
    let some = false;
    for await (const rows of batches(opened, resource.name, columns)) {
      const objects: string[] = [];
      for (const row of rows) {
        const object = objectOf(terminal, resource.name, columns, row);
        if (contents) await putContents(contents, resource, row, object);
        objects.push(JSON.stringify({ ...(ndjson ? { resource: resource.name } : {}), ...object }));
      }
      if (ndjson) await write(terminal, `${objects.join('\n')}\n`);
      else
        await write(terminal, `${some ? ',\n' : `${before}\n"${resource.name}": [\n`}${objects.join(',\n')}`);
      for (const _ of rows) progress.step();
      some = true;
    }
    if (some && !ndjson) {
      await write(terminal, '\n]');
      before = ',';
    }
  }
  if (!ndjson) await write(terminal, before === '{' ? '{}\n' : '\n}\n');
  progress.end();
}

async function* batches({ store, deployment }: OpenedDeployment, table: string, columns: readonly Column[]) {
  const names = columns.map(({ column }) => column);
  for (let last = 0; ; ) {
    const rows = await store.list(deployment.id, {
      table,
      columns: names,
      where: { id: { above: last } },
      limit: batchRows,
    });
    if (rows.length > 0) yield rows;
    if (rows.length < batchRows) return;
    last = rows.at(-1)?.id as number;
  }
}

function objectOf(
  terminal: Terminal,
  table: string,
  columns: readonly Column[],
  row: Readonly<Record<string, Stored>>,
): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { column, written, field, name } of columns) {
    const stored = row[column] ?? null;
    if (!field.kind.holds(stored)) {
      terminal.remark(
        `${table} ${row.id}: ${name} holds a value that it cannot have (${field.kind.expects} is wanted); it is written as it is, and accord load will refuse it`,
      );
    }
    object[written] = writtenValue(field, name, stored);
  }
  return object;
}

// A slow reader must not make the whole dump pile up here.
async function write({ stdout }: Terminal, text: string): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain');
}
