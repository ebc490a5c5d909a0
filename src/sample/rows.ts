import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Writing } from '../store/store.ts';
import type { KeptFile } from '../verbs/resources/kept-file.ts';
import { writeCustomer } from './customers.ts';
import { writeAssets, writeFilters, writeSignoffs, writeSubscriptions } from './extras.ts';
import { writeCustomFields } from './fields.ts';
import { writeFiles } from './files.ts';
import { writeMoney } from './money.ts';
import { writeStaff, writeTeams } from './people.ts';
import { remembered } from './remembered.ts';
import { writeSales } from './sales.ts';
import { writeSettings } from './settings.ts';
import { writeTime, writeTimers } from './time.ts';
import { writeWork } from './work.ts';
import { createSampleWriter, type SampleWriter } from './writer.ts';

/** What the rows of the sample depend on; `told` hears of progress. */
export interface SampleRows {
  readonly deployment: number;
  /** Unix seconds: dates of the sample are relative to it. */
  readonly now: number;
  readonly passwordHash: string;
  /** `undefined`: people only. */
  readonly companies: number | undefined;
  /** The id that each resource begins with. */
  readonly firstId: number;
  /** Contents that were made durable; their rows are written here. */
  readonly files: readonly KeptFile[];
  /** Where the deployment is reached, for webhooks. */
  readonly origin: string | undefined;
  readonly told: (done: string) => void;
}

/** Writes the rows of the sample deployment, all in one transaction. */
export async function writeRows(writing: Writing, catalogue: Catalogue, options: SampleRows): Promise<void> {
  const { deployment, now, firstId } = options;
  // Also of what the sample has none of: objects that are made later have ids from there on, too.
  for (const { name } of catalogue.resources.values()) await writing.skipIds(deployment, name, firstId - 1);
  const store = remembered(writing, deployment, firstId);
  await writeAll(createSampleWriter({ store, catalogue, deployment, now }), catalogue, options);
  await store.settle();
}

async function writeAll(w: SampleWriter, catalogue: Catalogue, options: SampleRows): Promise<void> {
  const { passwordHash, companies, files, origin, told } = options;
  await writeStaff(w, passwordHash);
  if (companies === undefined) return;
  await writeSettings(w);
  await writeTeams(w);
  told('configuration');
  for (let i = 0; i < companies; i++) {
    const customer = await writeCustomer(w, i);
    const job = await writeWork(w, customer);
    const logged = await writeTime(w, customer, job);
    await writeMoney(w, customer, job, logged);
    await writeSales(w, customer, job.issue);
    if (i % 50 === 49) told(`${i + 1} of ${companies} companies`);
  }
  await writeAssets(w);
  await writeTimers(w);
  await writeFilters(w);
  await writeSubscriptions(w, catalogue, origin);
  await writeSignoffs(w, await writeFiles(w, files));
  await writeCustomFields(w);
}
