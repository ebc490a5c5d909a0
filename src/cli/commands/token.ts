import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { listApplications } from '../../identity/applications.ts';
import { parseScope, printScope } from '../../identity/scope.ts';
import { digestText } from '../../identity/secrets.ts';
import { issueTokens, lifetimes, type NewTokens, revokeFamily } from '../../identity/tokens.ts';
import { Clash, type Store, type Values } from '../../store/store.ts';
import { applicationNamed } from '../applications.ts';
import { personNamed, usernames } from '../people.ts';
import { curlForList, urlOf } from '../ready-lines.ts';
import { type StoreFlags, withDeployment, withDeploymentOptions } from '../store-options.ts';
import { type Terminal, utcText } from '../terminal.ts';

interface IssueFlags extends StoreFlags {
  readonly application: string;
  readonly staff?: string;
  readonly scope?: string;
  readonly expiresIn?: number;
  readonly value?: string;
  readonly url?: string;
  readonly json?: boolean;
}

interface ListFlags extends StoreFlags {
  readonly all?: boolean;
  readonly application?: string;
  readonly json?: boolean;
}

interface RevokeFlags extends StoreFlags {
  readonly json?: boolean;
}

export const summary = 'issue, list and revoke access tokens';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command.command('issue').description('issue an access token; it is shown once'))
    .requiredOption('--application <client-id>', 'application it is issued to')
    .option('--staff <username-or-id>', 'person it acts for (the one who registered the application)')
    .option(
      '--scope <scope>',
      'what it may be used for, such as read(all),write(companies) (the application’s default scope)',
    )
    .option('--expires-in <seconds>', `how many seconds it is valid (${lifetimes.token})`, seconds)
    .option('--value <token>', 'in a sandbox: this value instead of a random one')
    .option('--sandbox', 'the server is a sandbox (ACCORD_SANDBOX)')
    .option(
      '--url <url>',
      'where the deployment is reached, for the line to paste (http://<deployment>.api.localhost:4280)',
    )
    .option('--json', 'print JSON')
    .action((flags: IssueFlags) => issue(terminal, flags));
  withDeploymentOptions(command.command('list').description('list the access tokens that work'))
    .option('--all', 'also those that expired or were revoked')
    .option('--application <client-id>', 'only those issued to this application')
    .option('--json', 'print JSON')
    .action((flags: ListFlags) => list(terminal, flags));
  withDeploymentOptions(
    command
      .command('revoke <token-or-id>')
      .description('revoke a token, and all others of the same authorization'),
  )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nPut -- before a token or id that begins with a hyphen: accord token revoke -- -x…',
    )
    .action((token: string, flags: RevokeFlags) => revoke(terminal, token, flags));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > lifetimes.longest) {
    throw new InvalidArgumentError(`a whole number of seconds from 1 to ${lifetimes.longest} is wanted.`);
  }
  return value;
}

const issue = (
  terminal: Terminal,
  { application: client, staff, scope: scopeText, expiresIn, value, url, json, ...flags }: IssueFlags,
): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, catalogue, config, now }) => {
    if (value !== undefined && !config.sandbox)
      throw new BadUsage('--value is for a sandbox only: give --sandbox too (or ACCORD_SANDBOX=1)');
    if (value !== undefined && !isToken(value))
      throw new BadUsage('--value can have letters, digits and -._~+/= only, 1024 at most');
    const at = urlOf(deployment.name, { url, data: config.data, environment: terminal.environment });
    const application = await applicationNamed(store, deployment.id, client);
    const person = await personNamed(store, deployment, staff ?? String(application.staffId));
    const scope = printScope(parseScope(scopeText ?? application.defaultScope, catalogue.scopes));
    const lifetime = expiresIn ?? lifetimes.token;
    const wanted = {
      family: randomUUID(),
      applicationId: application.id,
      staffId: person.id,
      scope,
      lifetime,
      refreshable: false,
      pinned: value,
    };
    const issued = await issueOrFind(store, deployment.id, wanted, now);
    const { access, expires } = issued;
    const curl = curlForList(at, access);
    if (json) {
      return terminal.printJson({
        access_token: access,
        token_type: 'Bearer',
        expires_in: expires - now,
        date_expires: expires,
        scope,
        client_id: client,
        staff_id: person.id,
        curl,
      });
    }
    terminal.print(
      `${issued.isNew ? 'Issued an access token' : 'That access token is issued already,'} to ${application.name} for ${person.username ?? person.id}, scope ${scope}, until ${utcText(expires)}.`,
    );
    terminal.print(`  token  ${access}   (shown once: only its digest is kept)`);
    if (application.disabled)
      terminal.remark(`The application is disabled: accord application enable ${client}.`);
    if (person.standing !== 'active')
      terminal.remark(
        `The staff member is ${person.standing}: accord staff set ${person.username ?? person.id} --standing active.`,
      );
    terminal.print(`A list of companies:\n${curl}`);
  });

/**
 * Issues a token. One that is pinned and was issued before to the same application, for the same person and scope, is that token, so that a script
 * may run twice. Throws a `Failure` when it was issued for something else, or works no more.
 */
async function issueOrFind(
  store: Store,
  deployment: number,
  wanted: NewTokens,
  now: number,
): Promise<{ readonly access: string; readonly expires: number; readonly isNew: boolean }> {
  try {
    const { access } = await store.within((writing) => issueTokens(writing, deployment, wanted, now));
    return { access, expires: now + wanted.lifetime, isNew: true };
  } catch (error) {
    if (!(error instanceof Clash) || wanted.pinned === undefined) throw error;
    const row = await store.find(deployment, 'tokens', columns, { digest: digestText(wanted.pinned) });
    const differs = [
      ['application', row?.application_id !== wanted.applicationId],
      ['person', row?.staff_id !== wanted.staffId],
      ['scope', row?.scope !== wanted.scope],
    ].flatMap(([what, other]) => (other ? [what] : []));
    const wrong = differenceOf(row, differs, now);
    if (wrong === undefined)
      return { access: wanted.pinned, expires: Number(row?.date_expires), isNew: false };
    throw new Failure(
      `a token with that value exists already, ${wrong}: accord token revoke does not remove it; choose another`,
    );
  }
}

function differenceOf(row: Values | undefined, differs: readonly unknown[], now: number): string | undefined {
  if (row?.date_revoked != null) return 'and it was revoked';
  if (Number(row?.date_expires) <= now) return 'and it has expired';
  return differs.length > 0 ? `for another ${differs.join(' and another ')}` : undefined;
}

/** RFC 6750 2.1, `b64token`. */
const isToken = (value: string): boolean => value.length <= 1_024 && /^[A-Za-z0-9\-._~+/]+=*$/.test(value);

const tokensMax = 1_000;
const columns = [
  'digest',
  'application_id',
  'staff_id',
  'scope',
  'date_created',
  'date_expires',
  'date_revoked',
] as const;

const list = (terminal: Terminal, { all, application: client, json, ...flags }: ListFlags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, now }) => {
    const applications = new Map(
      (await listApplications(store, deployment.id)).map(({ id, clientId }) => [id, clientId]),
    );
    const only = client === undefined ? undefined : (await applicationNamed(store, deployment.id, client)).id;
    const where = {
      ...(all ? {} : { date_revoked: null, date_expires: { above: now } }),
      ...(only === undefined ? {} : { application_id: only }),
    };
    const rows = await store.list(deployment.id, { table: 'tokens', columns, where, limit: tokensMax + 1 });
    if (rows.length > tokensMax)
      terminal.remark(
        `There are more than ${tokensMax} tokens: only ${tokensMax} are shown; --application narrows the list.`,
      );
    const shown = rows.slice(0, tokensMax);
    if (json) return terminal.printJson(shown.map((row) => entryOf(row, applications, now)));
    const names = await usernames(
      store,
      deployment.id,
      shown.map(({ staff_id }) => staff_id as number),
    );
    terminal.printTable(
      ['ID', 'APPLICATION', 'STAFF', 'SCOPE', 'EXPIRES', 'STATE'],
      shown.map((row) => {
        const { id, client_id, staff_id, scope, date_expires, state } = entryOf(row, applications, now);
        return [id, client_id, names.get(staff_id) ?? staff_id, scope, utcText(date_expires), state];
      }),
    );
  });

function stateOf({ date_revoked, date_expires }: Values, now: number): string {
  if (date_revoked !== null) return 'revoked';
  return (date_expires as number) <= now ? 'expired' : 'valid';
}

/** The id of a token is its digest: the token itself is kept nowhere. */
function entryOf(row: Values, applications: ReadonlyMap<number, string>, now: number) {
  const expires = row.date_expires as number;
  return {
    id: row.digest as string,
    client_id: applications.get(row.application_id as number) ?? null,
    staff_id: row.staff_id as number,
    scope: row.scope as string,
    date_created: row.date_created as number,
    date_expires: expires,
    date_revoked: row.date_revoked as number | null,
    state: stateOf(row, now),
  };
}

const revoke = (terminal: Terminal, token: string, { json, ...flags }: RevokeFlags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment, now }) => {
    const hash = digestText(token);
    const found = await store.within(async (writing) => {
      for (const table of ['tokens', 'refresh_tokens']) {
        for (const each of [hash, token]) {
          const row = await writing.find(deployment.id, table, ['digest', 'family'], { digest: each });
          if (!row) continue;
          await revokeFamily(writing, deployment.id, row.family as string, now);
          return row.digest as string;
        }
      }
      return undefined;
    });
    if (found === undefined)
      throw new Failure(`deployment ${deployment.name} has no such token: see accord token list --all`);
    if (json) return terminal.printJson({ id: found, revoked: true });
    terminal.print(`Revoked token ${found} and all others of the same authorization.`);
  });
