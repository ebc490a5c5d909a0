import { defaultOf, type SettingTable, usageOf, variableOf } from '../src/server/setting.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** docs/reference/settings.md: a line for each row of the table. */
export function settingsPage(generated: string, settings: SettingTable): string {
  const rows = Object.values(settings).map(
    (setting) =>
      `| \`${cell(usageOf(setting))}\` | \`${variableOf(setting.flag)}\` | ${cell(defaultOf(setting))} | ${cell(setting.help)} |`,
  );
  return `${[
    generated,
    '# Settings of `accord serve`',
    'Each is set by its flag or by its variable. The flag wins; an empty variable counts as not set. A switch is a flag without a value; its variable is 1 or 0. A flag that may be repeated takes its values from one variable with commas.',
    ['| flag | variable | default | what |', '|--|--|--|--|', ...rows].join('\n'),
  ].join('\n\n')}\n`;
}
