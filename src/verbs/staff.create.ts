import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { hashPassword, type PasswordOwner, passwordProblem } from '../identity/passwords.ts';
import { insertObject } from '../objects/write.ts';
import { textOf } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import type { WriteAction } from '../request/08-operation/action.ts';
import { answerObject } from '../request/08-operation/answer.ts';

/** What a new member of staff may do until an administrator says otherwise. */
const access = '{"everything":"standard"}';

/**
 * `POST /staff`: as any create, but the password is hashed before the transaction. Refuses `parameter.missing`,
 * `parameter.invalid` (also a password that is too easily guessed), `username.taken`.
 */
export const staffCreate: WriteAction = {
  kind: 'write',
  prepare: async ({ parameters, route, deployment }) => {
    // All other parameters first: a hash is not computed for what is refused anyway.
    const { values } = parseValues(parameters, route.owner, route.owner.create);
    return hashedForSignIn(textOf(parameters, 'password'), values, deployment);
  },
  run: async (asked, context, password) => {
    const { values, names } = parseValues(asked.parameters, asked.route.owner, asked.route.owner.create);
    const id = await insertObject(context, asked.route.owner, {
      values: { ...values, password: password as string, access },
      names,
    });
    return answerObject(asked, context, id);
  },
};

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
