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
import { readSecret } from '../secret-input.ts';
import {
  collect,
  type OpenedDeployment,
  type StoreFlags,
  withDeployment,
  withDeploymentOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

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

const help = {
  password: 'password of 8 characters or more, not one of the commonest; at a terminal you are asked for it',
  access:
    'none, standard or admin for everything, or <resource>=<level> for one resource (same: as everything else); repeatable',
} as const;

export const summary = 'create, list and change members of staff';

export function define(command: Command, terminal: Terminal): void {
  personOptions(command.command('create').description('create a member of staff'), true).action(
    (flags: PersonFlags) => create(terminal, flags),
  );
  withDeploymentOptions(command.command('list').description('list the members of staff'))
    .option('--json', 'print JSON')
    .action((flags: Flags) => list(terminal, flags));
  personOptions(
    command.command('set <username-or-id>').description('change a member of staff'),
    false,
  ).action((name: string, flags: PersonFlags) => change(terminal, name, flags));
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
    .action((name: string | undefined, flags: SignOutFlags) => signOut(terminal, name, flags));
  withDeploymentOptions(
    command
      .command('reset-second-factor <username-or-id>')
      .description('remove the second factor of a member of staff who lost it, and end the sign-ins'),
  )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe password alone is enough until another second factor is turned on at /account/second-factor. First make sure who is asking.',
    )
    .action((name: string, flags: Flags) => resetSecondFactor(terminal, name, flags));
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
    .option('--password <password>', help.password)
    .option('--password-stdin', 'read the password from standard input')
    .option('--access <level>', help.access, collect)
    .addOption(
      new Option('--standing <standing>', 'whether the person may sign in').choices([
        'active',
        'inactive',
        'lockout',
      ]),
    )
    .option('--json', 'print JSON');
}

const create = (
  terminal: Terminal,
  { json, password: given, passwordStdin, access, standing, ...flags }: PersonFlags,
): Promise<void> =>
  withDeployment(terminal, flags, async (opened) => {
    const { store, deployment, catalogue } = opened;
    const levels = accessAfter(usualAccess, access ?? [], catalogue.scopes);
    checkEmail(flags.email);
    const secret = await readSecret(terminal, 'password', 'password', { given, fromStdin: passwordStdin });
    const { username, email, firstname, surname } = flags;
    const password = await hashNew(secret, { username, email, firstname, surname, deployment });
    const staff = resourceNamed(catalogue, 'staff');
    const { values, names } = profileOf(flags, opened, staff.create.required);
    const id = await store.within((writing) =>
      insertObject(writeContextOf(opened, writing), staff, {
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
    if (json) return terminal.printJson(dataOf(person));
    terminal.print(
      `Created staff member ${person.username} (id ${id}) in ${deployment.name}, access ${accessText(person.access)}.`,
    );
  });

const change = (
  terminal: Terminal,
  name: string,
  { json, password: given, passwordStdin, access, standing, ...flags }: PersonFlags,
): Promise<void> =>
  withDeployment(terminal, flags, async (opened) => {
    const { store, deployment, catalogue } = opened;
    const staff = resourceNamed(catalogue, 'staff');
    const person = await personNamed(store, deployment, name);
    checkEmail(flags.email);
    const password =
      given === undefined && !passwordStdin
        ? undefined
        : await readSecret(terminal, 'password', 'password', { given, fromStdin: passwordStdin });
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
      await updateObject(writeContextOf(opened, writing), staff, person.id, {
        values: { ...values, ...more },
        names,
      });
      // Sessions that began with the old password, or whose person may no longer sign in, end.
      if (password !== undefined || (standing !== undefined && standing !== 'active'))
        await endSessions(writing, deployment.id, { staffId: person.id });
    });
    const changed = (await findPerson(store, deployment.id, person.id)) as Person;
    if (json) return terminal.printJson(dataOf(changed));
    terminal.print(
      `Changed staff member ${changed.username} (id ${changed.id}): ${changed.standing}, access ${accessText(changed.access)}.`,
    );
  });

const signOut = (
  terminal: Terminal,
  name: string | undefined,
  { all, json, ...flags }: SignOutFlags,
): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    if ((name === undefined) === !all)
      throw new BadUsage('name a username or an id, or give --all for everybody');
    const person = name === undefined ? undefined : await personNamed(store, deployment, name);
    const ended = await store.within((writing) =>
      endSessions(writing, deployment.id, person ? { staffId: person.id } : {}),
    );
    if (json) return terminal.printJson({ ended });
    const whose = person ? `of ${person.username ?? `staff ${person.id}`} ` : '';
    terminal.print(`Ended ${ended === 1 ? '1 sign-in' : `${ended} sign-ins`} ${whose}in ${deployment.name}.`);
  });

const resetSecondFactor = (terminal: Terminal, name: string, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    const { id, username } = await personNamed(store, deployment, name);
    const reset = await store.within((writing) => removeSecondFactor(writing, deployment.id, id));
    if (json) return terminal.printJson({ reset });
    const who = username ?? `staff ${id}`;
    terminal.print(
      reset
        ? `Removed the second factor of ${who} in ${deployment.name}, and ended the sign-ins.`
        : `${who} in ${deployment.name} has no second factor; ended the sign-ins.`,
    );
  });

const staffMax = 100_000;
const columns = ['id', 'username', 'firstname', 'surname', 'email', 'standing', 'access'] as const;

const list = (terminal: Terminal, { json, ...flags }: Flags): Promise<void> =>
  withDeployment(terminal, flags, async ({ store, deployment }) => {
    const people = (await store.list(deployment.id, { table: 'staff', columns, limit: staffMax })).map(
      personOf,
    );
    if (json) return terminal.printJson(people.map(dataOf));
    const rows = people.map(({ id, username, firstname, surname, email, standing, access }) => [
      id,
      username,
      [firstname, surname].filter((name) => name !== null).join(' '),
      email,
      standing,
      accessText(access),
    ]);
    terminal.printTable(['ID', 'USERNAME', 'NAME', 'EMAIL', 'STANDING', 'ACCESS'], rows);
  });

async function hashNew(password: string, owner: PasswordOwner): Promise<string> {
  const problem = await passwordProblem(password, owner);
  if (problem !== undefined) throw new Failure(`the password was refused: ${problem}`);
  return hashPassword(password);
}

/** No mail is sent to people, so a wrong address would never be noticed: it has to look like one at least. */
function checkEmail(email: string | undefined): void {
  if (email === undefined) return;
  const [local, domain, ...more] = email.split('@');
  if (!local || !domain || more.length > 0 || /\s/.test(email) || email.length > 254)
    throw new Failure('--email is not an email address: one such as ada@example.com is wanted');
}

/** The flags that are parameters of `POST /staff`, parsed and refused as there. */
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

const writeContextOf = ({ catalogue, deployment, now }: OpenedDeployment, store: Writing): WriteContext => ({
  catalogue,
  store,
  deployment: deployment.id,
  staffId: 0,
  now,
});

const dataOf = ({ id, username, firstname, surname, email, standing, access }: Person) => ({
  id,
  username,
  firstname,
  surname,
  email,
  standing,
  access: { everything: access.everything, ...access.single },
});
