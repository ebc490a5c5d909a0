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
import { remark } from '../print.ts';
import { createProgress } from '../progress.ts';
import {
  collect,
  type OpenedDeployment,
  type StoreFlags,
  withDeployment,
  withDeploymentOptions,
} from '../store-options.ts';

interface Flags extends StoreFlags {
  readonly ndjson?: boolean;
  readonly only?: readonly string[];
  readonly withSecrets?: boolean;
  readonly files?: string;
  readonly progress?: boolean;
}

export function define(command: Command): void {
  withDeploymentOptions(command)
    .option('--ndjson', 'one object a line instead of one JSON document')
    .option('--only <resource>', 'only this resource; repeatable', collect)
    .option('--with-secrets', 'hashes of passwords and secrets of webhooks too')
    .option(
      '--files <dir>',
      'contents of files too, into this folder; rows name them, so the dump has to be kept where the path leads from',
    )
    .option('--json', 'one JSON document (as it is anyway)')
    .option('--progress', 'count on standard error, also when it is no terminal')
    .action(dump);
}

const batch = 1_000;

const dump = ({ files: place, ...asked }: Flags): Promise<void> =>
  withDeployment(asked, async (opened) => {
    if (place === undefined) return dumpRows(opened, asked, undefined);
    if (isAbsolute(place))
      throw new BadUsage(`--files ${place}: a path from where the dump is kept is wanted, such as files`);
    const { files, release } = await openFiles(opened.config);
    try {
      await dumpRows(opened, asked, { files, deployment: opened.deployment.id, remark, folder: place });
    } finally {
      await release();
    }
  });

async function dumpRows(
  opened: OpenedDeployment,
  { ndjson, only, withSecrets, progress: asked }: Flags,
  contents: ContentsOut | undefined,
): Promise<void> {
  const { catalogue, store, deployment } = opened;
  for (const name of only ?? []) {
    if (!catalogue.resources.has(name))
      throw new Failure(
        `--only ${name}: there is no such resource${nearest(name, catalogue.resources.keys())}`,
      );
  }
  // What has links is read before what they lead to: an object that is written meanwhile is linked to by nothing in the dump.
  const resources = [...inOrderOfLinks(catalogue)]
    .reverse()
    .filter(({ name }) => only?.includes(name) ?? true);
  const progress = createProgress(asked);
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
        const object = objectOf(resource.name, columns, row);
        if (contents) await putContents(contents, resource, row, object);
        objects.push(JSON.stringify({ ...(ndjson ? { resource: resource.name } : {}), ...object }));
      }
      if (ndjson) await write(`${objects.join('\n')}\n`);
      else await write(`${some ? ',\n' : `${before}\n"${resource.name}": [\n`}${objects.join(',\n')}`);
      for (const _ of rows) progress.step();
      some = true;
    }
    if (some && !ndjson) {
      await write('\n]');
      before = ',';
    }
  }
  if (!ndjson) await write(before === '{' ? '{}\n' : '\n}\n');
  progress.end();
}

async function* batches({ store, deployment }: OpenedDeployment, table: string, columns: readonly Column[]) {
  const names = columns.map(({ column }) => column);
  for (let last = 0; ; ) {
    const rows = await store.list(deployment.id, {
      table,
      columns: names,
      where: { id: { above: last } },
      limit: batch,
    });
    if (rows.length > 0) yield rows;
    if (rows.length < batch) return;
    last = rows.at(-1)?.id as number;
  }
}

function objectOf(
  table: string,
  columns: readonly Column[],
  row: Readonly<Record<string, Stored>>,
): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { column, written, field, name } of columns) {
    const stored = row[column] ?? null;
    if (!field.kind.holds(stored)) {
      remark(
        `${table} ${row.id}: ${name} holds what it cannot have (${field.kind.expects} is wanted); it is written as it stands, and accord load will refuse it`,
      );
    }
    object[written] = writtenValue(field, name, stored);
  }
  return object;
}

// A slow reader must not make the whole dump pile up here.
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
