import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { hashPassword, type PasswordOwner, passwordProblem } from '../identity/passwords.ts';
import { missing } from '../objects/missing.ts';
import { insertObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { loadObject } from '../request/08-operation/load.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';

/** What a new member of staff may do until an administrator says otherwise. */
const access = '{"everything":"standard"}';

/**
 * `POST /staff`: as any create, but the password is hashed before the transaction. Refuses `parameter.missing`,
 * `parameter.invalid` (also a password that is too easily guessed), `username.taken`.
 */
const create = writeVerb({
  prepare: async ({ parameters, route, deployment }) => {
    // All other parameters first: a hash is not computed for what is refused anyway.
    const { values } = parseValues(parameters, route.owner, route.owner.create);
    return hashedForSignIn(textOf(parameters, 'password'), values, deployment);
  },
  run: async (asked, context, password) => {
    const { values, names } = parseValues(asked.parameters, asked.route.owner, asked.route.owner.create);
    const id = await insertObject(context, asked.route.owner, {
      values: { ...values, password, access },
      names,
    });
    return answerObject(asked, context, id);
  },
});

/** `GET /staff/whoami`: the staff member a token acts for, as `GET /staff/{id}` would answer. */
const whoami = readVerb({
  run: async ({ deployment, caller, selection, route }, world) => {
    const loaded = await loadObject(world, deployment.id, caller, selection, caller.person.id);
    return loaded ? { as: 'object', loaded } : missing(route.answered, caller.person.id);
  },
});

/** The hash of a password that somebody will sign in with. */
export async function hashedForSignIn(
  password: string | undefined,
  owner: Readonly<Record<string, Stored>>,
  deployment: PasswordOwner['deployment'],
): Promise<string> {
  if (!password) refuse('parameter.missing', { field: 'password' });
  const problem = await passwordProblem(password, {
    username: textIn(owner.username),
    email: textIn(owner.email),
    firstname: textIn(owner.firstname),
    surname: textIn(owner.surname),
    deployment,
  });
  if (problem !== undefined) refuse('parameter.invalid', { field: 'password', detail: problem });
  return hashPassword(password);
}

const textIn = (value: Stored | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

const longest = 1_024;

/** The hash of a password that is required, and opens nothing here: a contact's. */
export async function hashed(password: string | undefined): Promise<string> {
  if (!password) refuse('parameter.missing', { field: 'password' });
  if (password.length > longest)
    refuse('parameter.invalid', { field: 'password', detail: `at most ${longest} characters are wanted` });
  return hashPassword(password);
}

export default { create, whoami };
