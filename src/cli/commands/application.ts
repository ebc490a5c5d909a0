import { type Command, Option } from 'commander';
import { BadUsage } from '../../contract/failure.ts';
import {
  type Application,
  type ApplicationType,
  createApplication,
  disableApplication,
  listApplications,
  rotateSecret,
} from '../../identity/applications.ts';
import { parseScope, printScope } from '../../identity/scope.ts';
import type { Config } from '../../server/config.ts';
import { applicationNamed, unknownApplication } from '../applications.ts';
import { personNamed, usernames } from '../people.ts';
import { authorizeUrl, curlForToken, urlOf } from '../ready-lines.ts';
import { collect, type StoreFlags, withDeployment, withDeploymentOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

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

export const summary = 'create, list, rotate, disable and enable applications';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(
    command.command('create').description('register an application; its secret is shown once'),
  )
    .addOption(
      new Option('--type <type>', `${Object.keys(types).join(', ')}`)
        .choices(Object.keys(types))
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'name that people see on the consent page')
    .requiredOption('--staff <username-or-id>', 'who registers it; a service application acts as this person')
    .option('--redirect-uri <uri>', 'where people are sent back to after consent; repeatable', collect)
    .option('--allow-ip <cidr>', 'IP address or range it may call from; repeatable (anywhere)', collect)
    .option(
      '--allow-domain <name>',
      'host name whose web pages may call, subdomains included; repeatable',
      collect,
    )
    .option(
      '--default-scope <scope>',
      'scope of a request that names none (that of --allow-scope, or read(all))',
    )
    .option('--allow-scope <scope>', 'the widest scope it may request (anything)')
    .option('--require-pkce', 'refuse authorization requests without a PKCE challenge')
    .option('--client-id <id>', 'in a sandbox: this client id instead of a random one')
    .option('--client-secret <secret>', 'in a sandbox: this secret instead of a random one')
    .option('--sandbox', 'the server is a sandbox (ACCORD_SANDBOX)')
    .option(...url)
    .option('--json', 'print JSON')
    .action((flags: CreateFlags) => create(terminal, flags));
  withDeploymentOptions(command.command('list').description('list the applications'))
    .option('--json', 'print JSON')
    .action((flags: Flags) => list(terminal, flags));
  withDeploymentOptions(
    command
      .command('rotate <client-id>')
      .description('give an application a new secret; the old one stops working at once'),
  )
    .option(...url)
    .option('--json', 'print JSON')
    .action((clientId: string, flags: Flags) => rotate(terminal, clientId, flags));
  for (const verb of ['enable', 'disable'] as const) {
    const says =
      verb === 'disable'
        ? 'disable an application: it and its tokens are refused as unknown'
        : 'enable a disabled application';
    withDeploymentOptions(command.command(`${verb} <client-id>`).description(says))
      .option('--json', 'print JSON')
      .action((clientId: string, flags: Flags) =>
        setDisabled(terminal, clientId, { ...flags, disabled: verb === 'disable' }),
      );
  }
}

const create = (
  terminal: Terminal,
  {
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
  }: CreateFlags,
): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, catalogue, config, now }) => {
    const pinned = pinnedIn(clientId, clientSecret, config);
    const at = urlOf(deployment.name, { url, data: config.data, environment: terminal.environment });
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
      return terminal.printJson({
        ...dataOf(application),
        client_secret: secret,
        ...lineFor(application, secret, at),
      });
    terminal.print(`Created ${type} application ${name} in ${deployment.name}.`);
    printSecret(terminal, application, secret, at);
  });

/**
 * The client id and secret that a sandbox is given, so that a seed makes the same application anywhere; what is not given is random. Outside
 * a sandbox nobody chooses a secret.
 */
function pinnedIn(
  id: string | undefined,
  secret: string | undefined,
  { sandbox }: Pick<Config, 'sandbox'>,
): { readonly clientId?: string; readonly secret?: string } | undefined {
  for (const [flag, value, lengthMax] of [
    ['--client-id', id, 255],
    ['--client-secret', secret, 1_024],
  ] as const) {
    if (value === undefined) continue;
    if (!sandbox)
      throw new BadUsage(`${flag} is for a sandbox only: give --sandbox too (or ACCORD_SANDBOX=1)`);
    // RFC 6749, appendices A.1 and A.2; a colon would end the client id in HTTP Basic.
    if (
      !/^[\x21-\x7e]+$/.test(value) ||
      value.length > lengthMax ||
      (flag === '--client-id' && value.includes(':'))
    )
      throw new BadUsage(
        `${flag} can have ASCII letters, digits and punctuation only${flag === '--client-id' ? ', no colon' : ''}, ${lengthMax} at most`,
      );
  }
  return id === undefined && secret === undefined
    ? undefined
    : { ...(id === undefined ? {} : { clientId: id }), ...(secret === undefined ? {} : { secret }) };
}

const rotate = (terminal: Terminal, clientId: string, { json, url, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, config }) => {
    const at = urlOf(deployment.name, { url, data: config.data, environment: terminal.environment });
    const application = await applicationNamed(store, deployment.id, clientId);
    const secret = (await rotateSecret(store, deployment.id, clientId)) ?? unknownApplication(clientId);
    if (json)
      return terminal.printJson({
        client_id: clientId,
        client_secret: secret,
        ...lineFor(application, secret, at),
      });
    terminal.print(`The old secret of ${application.name} has ended.`);
    printSecret(terminal, application, secret, at);
  });

const setDisabled = (
  terminal: Terminal,
  clientId: string,
  { disabled, json, ...flags }: Flags & { readonly disabled: boolean },
): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    if (!(await disableApplication(store, deployment.id, clientId, disabled))) unknownApplication(clientId);
    if (json) return terminal.printJson({ client_id: clientId, disabled });
    terminal.print(`Application ${clientId} is ${disabled ? 'disabled' : 'enabled'}.`);
  });

const list = (terminal: Terminal, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    const all = await listApplications(store, deployment.id);
    if (json) return terminal.printJson(all.map(dataOf));
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
    terminal.printTable(
      ['CLIENT ID', 'TYPE', 'NAME', 'STAFF', 'DEFAULT SCOPE', 'REDIRECT URIS', 'ALLOWED', 'STATE'],
      rows,
    );
  });

function printSecret(terminal: Terminal, application: Application, secret: string, at: string): void {
  terminal.print(`  client id      ${application.clientId}`);
  terminal.print(`  client secret  ${secret}   (shown once: only its digest is kept)`);
  const { curl, authorize_url } = lineFor(application, secret, at);
  terminal.print(curl === undefined ? `People authorize it at\n${authorize_url}` : `A token:\n${curl}`);
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

const dataOf = (application: Application) => ({
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
