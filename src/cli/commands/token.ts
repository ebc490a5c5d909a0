import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { findApplication, listApplications } from '../../identity/applications.ts';
import { parseScope, printScope } from '../../identity/scope.ts';
import { digestText } from '../../identity/secrets.ts';
import { issueTokens, lifetimes, type NewTokens, revokeFamily } from '../../identity/tokens.ts';
import { Clash, type Store, type Values } from '../../store/store.ts';
import { personNamed } from '../people.ts';
import { moment, print, printJson, remark, table } from '../print.ts';
import { curlForList, urlOf } from '../ready-lines.ts';
import { type StoreFlags, withDeployment, withDeploymentOptions } from '../store-options.ts';
import { unknown, usernames } from './application.ts';

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

export function define(command: Command): void {
  withDeploymentOptions(command.command('issue').description('issue an access token; it is shown once'))
    .requiredOption('--application <client-id>', 'application it is issued to')
    .option('--staff <username-or-id>', 'person it acts as (who registered the application)')
    .option(
      '--scope <scope>',
      'what it may be used for, such as read(all),write(companies) (the application’s default scope)',
    )
    .option('--expires-in <seconds>', `seconds it lives (${lifetimes.token})`, seconds)
    .option('--value <token>', 'in a sandbox: this value instead of a random one')
    .option('--sandbox', 'the server is a sandbox (ACCORD_SANDBOX)')
    .option(
      '--url <url>',
      'where the deployment is reached, for the line to paste (http://<deployment>.api.localhost:4280)',
    )
    .option('--json', 'print JSON')
    .action(issue);
  withDeploymentOptions(command.command('list').description('list the access tokens that work'))
    .option('--all', 'also those that expired or were revoked')
    .option('--application <client-id>', 'only those issued to this application')
    .option('--json', 'print JSON')
    .action(list);
  withDeploymentOptions(
    command
      .command('revoke <token-or-id>')
      .description('revoke a token, and all that came of the same authorization'),
  )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA token or id that begins with a hyphen goes after two of them: accord token revoke -- -x…',
    )
    .action(revoke);
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > lifetimes.longest) {
    throw new InvalidArgumentError(`a whole number of seconds from 1 to ${lifetimes.longest} is wanted.`);
  }
  return value;
}

const issue = ({
  application: client,
  staff,
  scope: asked,
  expiresIn,
  value,
  url,
  json,
  ...flags
}: IssueFlags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment, catalogue, config, now }) => {
    if (value !== undefined && !config.sandbox)
      throw new BadUsage('--value is for a sandbox only: give --sandbox too (or ACCORD_SANDBOX=1)');
    if (value !== undefined && !isToken(value))
      throw new BadUsage('--value can have letters, digits and -._~+/= only, 1024 at most');
    const at = urlOf(deployment.name, url, config.data);
    const application = (await findApplication(store, deployment.id, client)) ?? unknown(client);
    const person = await personNamed(store, deployment, staff ?? String(application.staffId));
    const scope = printScope(parseScope(asked ?? application.defaultScope, catalogue.scopes));
    const lifetime = expiresIn ?? lifetimes.token;
    const given = {
      family: randomUUID(),
      applicationId: application.id,
      staffId: person.id,
      scope,
      lifetime,
      refreshable: false,
      pinned: value,
    };
    const issued = await issueOrFind(store, deployment.id, given, now);
    const { access, expires } = issued;
    const curl = curlForList(at, access);
    if (json) {
      return printJson({
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
    print(
      `${issued.anew ? 'Issued an access token' : 'That access token is issued already,'} to ${application.name} for ${person.username ?? person.id}, scope ${scope}, until ${moment(expires)}.`,
    );
    print(`  token  ${access}   (shown once: only its digest is kept)`);
    if (application.disabled) remark(`The application is disabled: accord application enable ${client}.`);
    if (person.standing !== 'active')
      remark(
        `The person is ${person.standing}: accord staff set ${person.username ?? person.id} --standing active.`,
      );
    print(`A list of companies:\n${curl}`);
  });

/**
 * Issues a token. One that is pinned and was issued before to the same application, for the same person and scope, is that token, so that a script
 * may run twice. Throws a `Failure` when it was issued for something else, or works no more.
 */
async function issueOrFind(
  store: Store,
  deployment: number,
  given: NewTokens,
  now: number,
): Promise<{ readonly access: string; readonly expires: number; readonly anew: boolean }> {
  try {
    const { access } = await store.within((writing) => issueTokens(writing, deployment, given, now));
    return { access, expires: now + given.lifetime, anew: true };
  } catch (error) {
    if (!(error instanceof Clash) || given.pinned === undefined) throw error;
    const row = await store.find(deployment, 'tokens', columns, { digest: digestText(given.pinned) });
    const differs = [
      ['application', row?.application_id !== given.applicationId],
      ['person', row?.staff_id !== given.staffId],
      ['scope', row?.scope !== given.scope],
    ].flatMap(([what, other]) => (other ? [what] : []));
    const wrong =
      row?.date_revoked != null
        ? 'and it was revoked'
        : Number(row?.date_expires) <= now
          ? 'and it has expired'
          : differs.length > 0
            ? `for another ${differs.join(' and another ')}`
            : undefined;
    if (wrong === undefined) return { access: given.pinned, expires: Number(row?.date_expires), anew: false };
    throw new Failure(
      `a token with that value exists already, ${wrong}: accord token revoke does not remove it; choose another`,
    );
  }
}

/** RFC 6750 2.1, `b64token`. */
const isToken = (value: string): boolean => value.length <= 1_024 && /^[A-Za-z0-9\-._~+/]+=*$/.test(value);

const most = 1_000;
const columns = [
  'digest',
  'application_id',
  'staff_id',
  'scope',
  'date_created',
  'date_expires',
  'date_revoked',
] as const;

const list = ({ all, application: client, json, ...flags }: ListFlags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment, now }) => {
    const applications = new Map(
      (await listApplications(store, deployment.id)).map(({ id, clientId }) => [id, clientId]),
    );
    const only =
      client === undefined
        ? undefined
        : ((await findApplication(store, deployment.id, client)) ?? unknown(client)).id;
    const where = {
      ...(all ? {} : { date_revoked: null, date_expires: { above: now } }),
      ...(only === undefined ? {} : { application_id: only }),
    };
    const rows = await store.list(deployment.id, { table: 'tokens', columns, where, limit: most + 1 });
    if (rows.length > most)
      remark(`There are more than ${most} tokens: only ${most} are shown; --application narrows the list.`);
    const shown = rows.slice(0, most);
    if (json) return printJson(shown.map((row) => entryOf(row, applications, now)));
    const names = await usernames(
      store,
      deployment.id,
      shown.map(({ staff_id }) => staff_id as number),
    );
    print(
      table(
        ['ID', 'APPLICATION', 'STAFF', 'SCOPE', 'EXPIRES', 'STATE'],
        shown.map((row) => {
          const { id, client_id, staff_id, scope, date_expires, state } = entryOf(row, applications, now);
          return [id, client_id, names.get(staff_id) ?? staff_id, scope, moment(date_expires), state];
        }),
      ),
    );
  });

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
    state: row.date_revoked !== null ? 'revoked' : expires <= now ? 'expired' : 'valid',
  };
}

const revoke = (token: string, { json, ...flags }: StoreFlags & { readonly json?: boolean }): Promise<void> =>
  withDeployment(flags, async ({ store, deployment, now }) => {
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
    if (json) return printJson({ id: found, revoked: true });
    print(`Revoked token ${found} and all that came of the same authorization.`);
  });
