import type { Command } from 'commander';
import { type FlagValues, helpOf, type SettingTable, usageOf } from '../server/setting.ts';
import { collect } from './store-options.ts';

/** Declares the flag of every setting of a table. */
export function defineSettings(command: Command, table: SettingTable): void {
  for (const setting of Object.values(table)) {
    if (setting.kind.form === 'list') command.option(usageOf(setting), helpOf(setting), collect);
    else command.option(usageOf(setting), helpOf(setting));
  }
}

/** The values of a command's flags, by the names that they have on the command line. */
export function flagValues(command: Command): FlagValues {
  const values: FlagValues = command.opts();
  // Commander keeps `--log-level` as `logLevel`.
  return Object.fromEntries(command.options.map((option) => [option.name(), values[option.attributeName()]]));
}
