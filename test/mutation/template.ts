import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlite } from '../engines.ts';
import { startWorld } from '../world.ts';

/** Leaves a database whose tables are made in the file that is named. */
const world = await startWorld(sqlite);
await world.server.close();
await copyFile(join(world.database.data, 'accord.db'), process.argv[2] ?? 'template.db');
await world.database.release();
