import { sampleIdMax } from '../sample/sizes.ts';
import type { Setting } from '../server/setting.ts';
import { settings } from '../server/settings.ts';
import type { SandboxOptions } from './handle.ts';

const names: readonly string[] = ['sample', 'sampleIds', 'load', 'clock', 'rateLimit', 'settings'];
/** What `startSandbox` says itself. */
const own: readonly string[] = ['sandbox', 'sandbox-token', 'default-deployment'];

/** Checks what types would check, for callers without types. Throws an Error fit for people. */
export function checkOptions(options: SandboxOptions): void {
  if (!isObject(options)) throw new Error(`the options are ${String(options)}: an object is wanted`);
  for (const name of Object.keys(options))
    if (!names.includes(name)) throw new Error(`there is no option ${name}; there are: ${names.join(', ')}`);
  const { sampleIds = 1, load = {}, settings: given = {} } = options;
  if (!Number.isInteger(sampleIds) || sampleIds < 1 || sampleIds > sampleIdMax)
    throw new Error(`sampleIds is ${sampleIds}: a whole number from 1 to ${sampleIdMax} is wanted`);
  if (!isObject(load)) throw new Error('load wants an object, such as { companies: [{ name: "MomCorp" }] }');
  for (const [name, objects] of Object.entries(load))
    if (!Array.isArray(objects)) throw new Error(`load.${name} wants a list of objects`);
  if (!isObject(given)) throw new Error('settings wants an object, such as { "lockout-attempts": "3" }');
  for (const [flag, value] of Object.entries(given)) checkSetting(flag, value);
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkSetting(flag: string, value: unknown): void {
  const rows: readonly Setting[] = Object.values(settings);
  const setting = rows.find((row) => row.flag === flag);
  if (!setting || own.includes(flag)) {
    const there = rows.map((row) => row.flag).filter((name) => !own.includes(name));
    throw new Error(`there is no setting ${flag}; there are: ${there.join(', ')}`);
  }
  const { form } = setting.kind;
  if (value === undefined) return;
  if (form === 'switch') {
    if (typeof value !== 'boolean') throw new Error(`the setting ${flag} wants true or false`);
  } else if (form === 'list') {
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string'))
      throw new Error(`the setting ${flag} wants a list of texts`);
  } else if (typeof value !== 'string')
    throw new Error(`the setting ${flag} wants a text, such as its flag of accord serve has`);
}
