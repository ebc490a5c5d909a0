import { join } from 'node:path';
import type { S3Place } from '../files/s3-url.ts';
import { isLoopback } from '../identity/address.ts';
import {
  BadSetting,
  type Environment,
  type FlagValues,
  nameOf,
  readSettings,
  type SettingValues,
  variableOf,
} from './setting.ts';
import type { HostPort } from './setting-kinds.ts';
import { settings } from './settings.ts';
import { trustFiles } from './trust-files.ts';

type Settings = SettingValues<typeof settings>;

/** Everything that can be set, from flags and `ACCORD_*` variables: a field for each setting, and what several of them make together. */
export interface Config extends Omit<Settings, 'logLevel'> {
  readonly logLevel: NonNullable<Settings['logLevel']>;
  /** Where uploaded files are kept: a folder (`undefined` beside an embedded database that keeps nothing: a temporary one), or S3. */
  readonly files: { readonly folder: string | undefined } | { readonly s3: S3Place };
  /** Paths of PEM files. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** The listener of operators; `undefined`: there is none. `required`: the start fails where it cannot listen. */
  readonly admin: (HostPort & { readonly required: boolean }) | undefined;
}

/** Flags first, then variables, then defaults. `flags` is keyed by flag name. Frozen. Throws `BadSetting`. */
export function readConfig(flags: FlagValues, environment: Environment): Config {
  const values = readSettings(settings, flags, environment);
  checkSandbox(values, environment);
  checkTls(values);
  checkTogether('incidentSmtp', 'incidentMailTo', values);
  const { sandbox, data, filesIn } = values;
  return Object.freeze<Config>({
    ...values,
    domain: values.domain?.toLowerCase(),
    defaultDeployment: values.defaultDeployment ?? (sandbox ? 'planet-express' : undefined),
    logLevel: values.logLevel ?? (sandbox ? 'warn' : 'info'),
    files: filesIn ?? { folder: data === ':memory:' ? undefined : join(data, 'files') },
    tls: tlsFiles(values),
    admin: adminListener(values),
  });
}

function checkSandbox({ sandbox, sandboxToken, redisUrl }: Settings, environment: Environment): void {
  if (!sandbox && sandboxToken !== undefined)
    throw new BadSetting(`${nameOf(settings.sandboxToken)} is for a sandbox only: give --sandbox too`);
  if (!sandbox) return;
  if (environment.NODE_ENV === 'production')
    throw new BadSetting(
      `${nameOf(settings.sandbox)} cannot be used while NODE_ENV is production: a sandbox shows private causes`,
    );
  if (redisUrl !== undefined)
    throw new BadSetting(
      `${nameOf(settings.redisUrl)} cannot be used with --sandbox: a sandbox counts in memory, so that counters follow its clock`,
    );
}

function checkTls(values: Settings): void {
  checkTogether('tlsCert', 'tlsKey', values);
  if (values.trust && values.tlsCert !== undefined)
    throw new BadSetting(
      `${nameOf(settings.trust)} brings its own certificate: leave out --tls-cert and --tls-key`,
    );
  if (values.trust && values.data === ':memory:')
    throw new BadSetting(
      `${nameOf(settings.trust)} needs a data folder: give --data a folder instead of :memory:`,
    );
}

function checkTogether(one: keyof Settings, other: keyof Settings, values: Settings): void {
  if ((values[one] === undefined) === (values[other] === undefined)) return;
  const [first, second] = [settings[one].flag, settings[other].flag];
  throw new BadSetting(
    `--${first} and --${second} (${variableOf(first)}, ${variableOf(second)}) are needed together`,
  );
}

function tlsFiles({ tlsCert, tlsKey, trust, data }: Settings): Config['tls'] {
  if (tlsCert !== undefined && tlsKey !== undefined) return { certFile: tlsCert, keyFile: tlsKey };
  const { server, serverKey } = trustFiles(data);
  return trust ? { certFile: server, keyFile: serverKey } : undefined;
}

/** With a free port for the API, there is no fixed port for operators. */
function adminListener({ adminListen, adminToken, port }: Settings): Config['admin'] {
  if (adminListen === 'none' || (adminListen === undefined && port === 0)) return undefined;
  if (adminListen === undefined) return { host: '127.0.0.1', port: 4282, required: false };
  if (adminToken === undefined && !isLoopback(adminListen.host))
    throw new BadSetting(
      `${nameOf(settings.adminListen)} is "${settings.adminListen.kind.print(adminListen)}", which other machines can reach: ${nameOf(settings.adminToken)} is needed with it`,
    );
  return { ...adminListen, required: true };
}
