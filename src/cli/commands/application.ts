import { type Command, Option } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import {
  type Application,
  type ApplicationType,
  createApplication,
  disableApplication,
  findApplication,
  listApplications,
  rotateSecret,
} from '../../identity/applications.ts';
import { parseScope, printScope } from '../../identity/scope.ts';
import type { Config } from '../../server/config.ts';
import type { Reading } from '../../store/store.ts';
import { personNamed } from '../people.ts';
import { print, printJson, table } from '../print.ts';
import { authorizeUrl, curlForToken, urlOf } from '../ready-lines.ts';
import { collect, type StoreFlags, withDeployment, withDeploymentOptions } from '../store-options.ts';

interface Flags extends StoreFlags {
  readonly json?: boolean;
  readonly url?: string;
}

interface CreateFlags extends Flags {
  readonly type: ApplicationType;
  readonly name: string;
  readonly staff: string;
  readonly redirectUri?: readonly string[];
  readonly allowIp?: readonly string[];
  readonly allowDomain?: readonly string[];
  readonly defaultScope?: string;
  readonly allowScope?: string;
  readonly requirePkce?: boolean;
  readonly clientId?: string;
  readonly clientSecret?: string;
}

const types = { service: 'client credentials', web: 'authorization code', installed: 'PIN' } as const;
const url = [
  '--url <url>',
  'where the deployment is reached, for the line to paste (http://<deployment>.api.localhost:4280)',
] as const;

export function define(command: Command): void {
  withDeploymentOptions(
    command.command('create').description('register an application; its secret is shown once'),
  )
    .addOption(
      new Option('--type <type>', `${Object.keys(types).join(', ')}`)
        .choices(Object.keys(types))
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'what people see when they are asked to consent')
    .requiredOption('--staff <username-or-id>', 'who registers it; a service application acts as this person')
    .option('--redirect-uri <uri>', 'where people are sent back to; repeatable', collect)
    .option('--allow-ip <cidr>', 'address or range it may call from; repeatable (anywhere)', collect)
    .option(
      '--allow-domain <name>',
      'host name of pages that may call, its subdomains too; repeatable',
      collect,
    )
    .option('--default-scope <scope>', 'scope when none is asked for (that of --allow-scope, or read(all))')
    .option('--allow-scope <scope>', 'the most it may ask for (anything)')
    .option('--require-pkce', 'refuse authorization requests without a PKCE challenge')
    .option('--client-id <id>', 'in a sandbox: this client id instead of a random one')
    .option('--client-secret <secret>', 'in a sandbox: this secret instead of a random one')
    .option('--sandbox', 'the server is a sandbox (ACCORD_SANDBOX)')
    .option(...url)
    .option('--json', 'print JSON')
    .action(create);
  withDeploymentOptions(command.command('list').description('list the applications'))
    .option('--json', 'print JSON')
    .action(list);
  withDeploymentOptions(
    command
      .command('rotate <client-id>')
      .description('give an application a new secret; the old one ends at once'),
  )
    .option(...url)
    .option('--json', 'print JSON')
    .action(rotate);
  for (const verb of ['enable', 'disable'] as const) {
    const says =
      verb === 'disable'
        ? 'disable an application: it and its tokens are not known any more'
        : 'enable a disabled application';
    withDeploymentOptions(command.command(`${verb} <client-id>`).description(says))
      .option('--json', 'print JSON')
      .action((client: string, flags: Flags) => settle(client, verb === 'disable', flags));
  }
}

const create = ({
  json,
  url,
  type,
  name,
  staff,
  redirectUri,
  allowIp,
  allowDomain,
  defaultScope,
  allowScope,
  requirePkce,
  clientId,
  clientSecret,
  ...flags
}: CreateFlags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment, catalogue, config, now }) => {
    const pinned = pinnedIn(clientId, clientSecret, config);
    const at = urlOf(deployment.name, url, config.data);
    const { id: staffId } = await personNamed(store, deployment, staff);
    const canonical = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : printScope(parseScope(text, catalogue.scopes));
    const { application, secret } = await createApplication(
      store,
      deployment,
      {
        type,
        name,
        staffId,
        redirectUris: redirectUri,
        allowAddresses: allowIp,
        allowDomains: allowDomain,
        defaultScope: canonical(defaultScope),
        allowScope: canonical(allowScope),
        requirePkce,
        pinned,
      },
      now,
    );
    if (json)
      return printJson({ ...shown(application), client_secret: secret, ...lineFor(application, secret, at) });
    print(`Created ${type} application ${name} in ${deployment.name}.`);
    printSecret(application, secret, at);
  });

/**
 * What a sandbox pins, so that a seed makes the same application anywhere; what is not told is made up. Outside a sandbox nobody chooses a secret.
 */
function pinnedIn(
  id: string | undefined,
  secret: string | undefined,
  { sandbox }: Pick<Config, 'sandbox'>,
): { readonly clientId?: string; readonly secret?: string } | undefined {
  for (const [flag, value, most] of [
    ['--client-id', id, 255],
    ['--client-secret', secret, 1_024],
  ] as const) {
    if (value === undefined) continue;
    if (!sandbox)
      throw new BadUsage(`${flag} is for a sandbox only: give --sandbox too (or ACCORD_SANDBOX=1)`);
    // RFC 6749, appendices A.1 and A.2; a colon would end the client id in HTTP Basic.
    if (
      !/^[\x21-\x7e]+$/.test(value) ||
      value.length > most ||
      (flag === '--client-id' && value.includes(':'))
    )
      throw new BadUsage(
        `${flag} can have ASCII letters, digits and punctuation only${flag === '--client-id' ? ', no colon' : ''}, ${most} at most`,
      );
  }
  return id === undefined && secret === undefined
    ? undefined
    : { ...(id === undefined ? {} : { clientId: id }), ...(secret === undefined ? {} : { secret }) };
}

const rotate = (client: string, { json, url, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment, config }) => {
    const at = urlOf(deployment.name, url, config.data);
    const application = (await findApplication(store, deployment.id, client)) ?? unknown(client);
    const secret = (await rotateSecret(store, deployment.id, client)) ?? unknown(client);
    if (json)
      return printJson({ client_id: client, client_secret: secret, ...lineFor(application, secret, at) });
    print(`The old secret of ${application.name} has ended.`);
    printSecret(application, secret, at);
  });

const settle = (client: string, disabled: boolean, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment }) => {
    if (!(await disableApplication(store, deployment.id, client, disabled))) unknown(client);
    if (json) return printJson({ client_id: client, disabled });
    print(`Application ${client} is ${disabled ? 'disabled' : 'enabled'}.`);
  });

const list = ({ json, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment }) => {
    const all = await listApplications(store, deployment.id);
    if (json) return printJson(all.map(shown));
    const names = await usernames(
      store,
      deployment.id,
      all.map(({ staffId }) => staffId),
    );
    const rows = all.map((each) => [
      each.clientId,
      each.type,
      each.name,
      names.get(each.staffId) ?? each.staffId,
      each.defaultScope,
      each.redirectUris.join(' ') || null,
      [...listIn(each.allowAddresses), ...listIn(each.allowDomains)].join(' ') || null,
      each.disabled ? 'disabled' : 'enabled',
    ]);
    print(
      table(
        ['CLIENT ID', 'TYPE', 'NAME', 'STAFF', 'DEFAULT SCOPE', 'REDIRECT URIS', 'ALLOWED', 'STATE'],
        rows,
      ),
    );
  });

export function unknown(client: string): never {
  throw new Failure(`there is no application with the client id ${client}: see accord application list`);
}

/** Usernames by id, for tables. */
export async function usernames(
  store: Reading,
  deployment: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string | null>> {
  const rows = await Promise.all(
    [...new Set(ids)].map((id) => store.find(deployment, 'staff', ['id', 'username'], { id })),
  );
  return new Map(
    rows.filter((row) => row !== undefined).map((row) => [row.id as number, row.username as string | null]),
  );
}

function printSecret(application: Application, secret: string, at: string): void {
  print(`  client id      ${application.clientId}`);
  print(`  client secret  ${secret}   (shown once: only its digest is kept)`);
  const { curl, authorize_url } = lineFor(application, secret, at);
  print(curl === undefined ? `People authorize it at\n${authorize_url}` : `A token:\n${curl}`);
}

function lineFor(
  { type, clientId, redirectUris }: Application,
  secret: string,
  at: string,
): { curl?: string; authorize_url?: string } {
  return type === 'service'
    ? { curl: curlForToken(at, clientId, secret) }
    : { authorize_url: authorizeUrl(at, clientId, redirectUris[0]) };
}

const listIn = (json: string | null): readonly string[] =>
  json === null ? [] : (JSON.parse(json) as string[]);

const shown = (application: Application) => ({
  id: application.id,
  client_id: application.clientId,
  type: application.type,
  name: application.name,
  staff_id: application.staffId,
  redirect_uris: application.redirectUris,
  allow_ips: listIn(application.allowAddresses),
  allow_domains: listIn(application.allowDomains),
  default_scope: application.defaultScope,
  allow_scope: application.allowScope,
  require_pkce: application.requirePkce,
  disabled: application.disabled,
});
