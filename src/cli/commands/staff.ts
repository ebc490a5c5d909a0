import { type Command, Option } from 'commander';
import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import { BadUsage, Failure } from '../../contract/failure.ts';
import { accessAfter, accessText, usualAccess } from '../../identity/access-levels.ts';
import { hashPassword, type PasswordOwner, passwordProblem } from '../../identity/passwords.ts';
import { findPerson, type Person, parseAccess, personOf, printAccess } from '../../identity/people.ts';
import { removeSecondFactor } from '../../identity/second-factor.ts';
import { endSessions } from '../../identity/sessions.ts';
import { insertObject, updateObject } from '../../objects/write.ts';
import type { Written } from '../../objects/written.ts';
import { parseValues } from '../../request/06-parameters/values.ts';
import type { Writing } from '../../store/store.ts';
import type { WriteContext } from '../../store/write-context.ts';
import { personNamed } from '../people.ts';
import { print, printJson, table } from '../print.ts';
import { readSecret } from '../secret-input.ts';
import {
  collect,
  type OpenedDeployment,
  type StoreFlags,
  withDeployment,
  withDeploymentOptions,
} from '../store-options.ts';

interface Flags extends StoreFlags {
  readonly json?: boolean;
}

interface SignOutFlags extends Flags {
  readonly all?: boolean;
}

interface PersonFlags extends Flags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly firstname?: string;
  readonly surname?: string;
  readonly email?: string;
  readonly access?: readonly string[];
  readonly standing?: string;
}

const described = {
  password:
    'password of 8 characters or more, not one of those guessed first; asked for at a terminal when it is needed and not given',
  access:
    'none, standard or admin for everything, or <resource>=<level> for one (same: as everything else); repeatable',
} as const;

export function define(command: Command): void {
  personOptions(command.command('create').description('create a member of staff'), true).action(create);
  withDeploymentOptions(command.command('list').description('list the members of staff'))
    .option('--json', 'print JSON')
    .action(list);
  personOptions(
    command.command('set <username-or-id>').description('change a member of staff'),
    false,
  ).action(set);
  withDeploymentOptions(
    command
      .command('sign-out [username-or-id]')
      .description('end the sign-ins of one member of staff, or of all'),
  )
    .option('--all', 'of everybody in the deployment')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nBrowsers have to sign in again. Applications keep their tokens: see accord application, and /account on the server.',
    )
    .action(signOut);
  withDeploymentOptions(
    command
      .command('reset-second-factor <username-or-id>')
      .description(
        'take the second factor away from a member of staff who has lost it, and end the sign-ins',
      ),
  )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe password is enough from then on, until another is turned on at /account/second-factor. Be sure first who is asking.',
    )
    .action(resetSecondFactor);
}

function personOptions(command: Command, creates: boolean): Command {
  withDeploymentOptions(command);
  const option = (flags: string, says: string) =>
    creates ? command.requiredOption(flags, says) : command.option(flags, says);
  option('--username <name>', 'name to sign in with');
  option('--firstname <name>', 'first name');
  option('--surname <name>', 'surname');
  option('--email <address>', 'email address');
  return command
    .option('--password <password>', described.password)
    .option('--password-stdin', 'read the password from standard input')
    .option('--access <level>', described.access, collect)
    .addOption(
      new Option('--standing <standing>', 'whether the person may sign in').choices([
        'active',
        'inactive',
        'lockout',
      ]),
    )
    .option('--json', 'print JSON');
}

const create = ({
  json,
  password: given,
  passwordStdin,
  access,
  standing,
  ...flags
}: PersonFlags): Promise<void> =>
  withDeployment(flags, async (opened) => {
    const { store, deployment, catalogue } = opened;
    const levels = accessAfter(usualAccess, access ?? [], catalogue.scopes);
    checkEmail(flags.email);
    const secret = await readSecret('password', 'password', { given, fromStdin: passwordStdin });
    const { username, email, firstname, surname } = flags;
    const password = await hashNew(secret, { username, email, firstname, surname, deployment });
    const staff = resourceNamed(catalogue, 'staff');
    const { values, names } = profileOf(flags, opened, staff.create.required);
    const id = await store.within((writing) =>
      insertObject(insideOf(opened, writing), staff, {
        values: {
          ...values,
          password,
          access: printAccess(levels),
          ...(standing === undefined ? {} : { standing }),
        },
        names,
      }),
    );
    const person = (await findPerson(store, deployment.id, id)) as Person;
    if (json) return printJson(shown(person));
    print(
      `Created staff member ${person.username} (id ${id}) in ${deployment.name}, access ${accessText(person.access)}.`,
    );
  });

const set = (
  name: string,
  { json, password: given, passwordStdin, access, standing, ...flags }: PersonFlags,
): Promise<void> =>
  withDeployment(flags, async (opened) => {
    const { store, deployment, catalogue } = opened;
    const staff = resourceNamed(catalogue, 'staff');
    const person = await personNamed(store, deployment, name);
    checkEmail(flags.email);
    const password =
      given === undefined && !passwordStdin
        ? undefined
        : await readSecret('password', 'password', { given, fromStdin: passwordStdin });
    const {
      username = person.username,
      email = person.email,
      firstname = person.firstname,
      surname = person.surname,
    } = flags;
    const owner = { username, email, firstname, surname, deployment };
    const { values, names } = profileOf(flags, opened, []);
    const more: Record<string, Stored> = {
      ...(password === undefined ? {} : { password: await hashNew(password, owner) }),
      ...(standing === undefined ? {} : { standing }),
    };
    if (Object.keys(values).length + Object.keys(more).length + (access ?? []).length === 0) {
      throw new BadUsage(
        'there is nothing to set: give --username, --password, --firstname, --surname, --email, --access or --standing',
      );
    }
    await store.within(async (writing) => {
      if (access) {
        const row = await writing.find(deployment.id, staff.name, ['access'], { id: person.id });
        more.access = printAccess(
          accessAfter(parseAccess((row?.access as string | null) ?? null), access, catalogue.scopes),
        );
      }
      await updateObject(insideOf(opened, writing), staff, person.id, {
        values: { ...values, ...more },
        names,
      });
      // Whoever signed in with the old password, or may not sign in any more, is signed out.
      if (password !== undefined || (standing !== undefined && standing !== 'active'))
        await endSessions(writing, deployment.id, { staffId: person.id });
    });
    const changed = (await findPerson(store, deployment.id, person.id)) as Person;
    if (json) return printJson(shown(changed));
    print(
      `Changed staff member ${changed.username} (id ${changed.id}): ${changed.standing}, access ${accessText(changed.access)}.`,
    );
  });

const signOut = (name: string | undefined, { all, json, ...flags }: SignOutFlags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment }) => {
    if ((name === undefined) === !all)
      throw new BadUsage('say whom: a username or an id, or --all for everybody');
    const person = name === undefined ? undefined : await personNamed(store, deployment, name);
    const ended = await store.within((writing) =>
      endSessions(writing, deployment.id, person ? { staffId: person.id } : {}),
    );
    if (json) return printJson({ ended });
    const whose = person ? `of ${person.username ?? `staff ${person.id}`} ` : '';
    print(`Ended ${ended === 1 ? '1 sign-in' : `${ended} sign-ins`} ${whose}in ${deployment.name}.`);
  });

const resetSecondFactor = (name: string, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment }) => {
    const { id, username } = await personNamed(store, deployment, name);
    const reset = await store.within((writing) => removeSecondFactor(writing, deployment.id, id));
    if (json) return printJson({ reset });
    const who = username ?? `staff ${id}`;
    print(
      reset
        ? `Took the second factor away from ${who} in ${deployment.name}, and ended the sign-ins.`
        : `${who} in ${deployment.name} has no second factor; ended the sign-ins.`,
    );
  });

const most = 100_000;
const columns = ['id', 'username', 'firstname', 'surname', 'email', 'standing', 'access'] as const;

const list = ({ json, ...flags }: Flags): Promise<void> =>
  withDeployment(flags, async ({ store, deployment }) => {
    const people = (await store.list(deployment.id, { table: 'staff', columns, limit: most })).map(personOf);
    if (json) return printJson(people.map(shown));
    const rows = people.map(({ id, username, firstname, surname, email, standing, access }) => [
      id,
      username,
      [firstname, surname].filter((name) => name !== null).join(' '),
      email,
      standing,
      accessText(access),
    ]);
    print(table(['ID', 'USERNAME', 'NAME', 'EMAIL', 'STANDING', 'ACCESS'], rows));
  });

async function hashNew(password: string, owner: PasswordOwner): Promise<string> {
  const problem = await passwordProblem(password, owner);
  if (problem !== undefined) throw new Failure(`the password was not taken: ${problem}`);
  return hashPassword(password);
}

/** No mail is sent to people, so nobody finds out whether it would arrive: it has to look like an address. */
function checkEmail(email: string | undefined): void {
  if (email === undefined) return;
  const [local, domain, ...more] = email.split('@');
  if (!local || !domain || more.length > 0 || /\s/.test(email) || email.length > 254)
    throw new Failure('--email is not an email address: one such as ada@example.com is wanted');
}

/** The flags that are parameters of `POST /staff`, read and refused as there. */
function profileOf(
  flags: PersonFlags,
  { catalogue }: OpenedDeployment,
  required: readonly string[],
): Written {
  const { username, firstname, surname, email } = flags;
  const given = new Map(
    Object.entries({ username, firstname, surname, email }).filter(([, value]) => value !== undefined),
  ) as Map<string, string>;
  return parseValues(given, resourceNamed(catalogue, 'staff'), {
    required,
    optional: ['username', 'firstname', 'surname', 'email'],
  });
}

const insideOf = ({ catalogue, deployment, now }: OpenedDeployment, store: Writing): WriteContext => ({
  catalogue,
  store,
  deployment: deployment.id,
  staffId: 0,
  now,
});

const shown = ({ id, username, firstname, surname, email, standing, access }: Person) => ({
  id,
  username,
  firstname,
  surname,
  email,
  standing,
  access: { everything: access.everything, ...access.single },
});
