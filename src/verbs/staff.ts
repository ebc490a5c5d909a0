import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { hashPassword, type PasswordOwner, passwordProblem } from '../identity/passwords.ts';
import { missing } from '../objects/missing.ts';
import { insertObject } from '../objects/write.ts';
import { parameterText } from '../request/06-parameters/single.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { loadObject } from '../request/08-operation/load.ts';
import { readVerb, writeVerb } from '../request/08-operation/verb.ts';

/** The access of a new member of staff until an administrator changes it. */
const access = '{"everything":"standard"}';

/**
 * `POST /staff`: as any create, but the password is hashed before the transaction. Refuses `parameter.missing`,
 * `parameter.invalid` (also a password that is too easily guessed), `username.taken`.
 */
const create = writeVerb({
  prepare: async ({ parameters, route, deployment }) => {
    // All other parameters first: no hash is computed for a request that is refused.
    const { values } = parseValues(parameters, route.owner, route.owner.create);
    return hashedForSignIn(parameterText(parameters, 'password'), values, deployment);
  },
  run: async (request, context, password) => {
    const { values, names } = parseValues(
      request.parameters,
      request.route.owner,
      request.route.owner.create,
    );
    const id = await insertObject(context, request.route.owner, {
      values: { ...values, password, access },
      names,
    });
    return answerObject(request, context, id);
  },
});

/** `GET /staff/whoami`: the staff member a token acts for, as `GET /staff/{id}` would answer. */
const whoami = readVerb({
  run: async (request, world) => {
    const { id } = request.caller.person;
    const loaded = await loadObject(world, request, id);
    return loaded ? { as: 'object', loaded } : missing(request.route.answered, id);
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

const passwordCharactersMax = 1_024;

/** The hash of a contact's password, with which nobody signs in here. */
export async function hashed(password: string | undefined): Promise<string> {
  if (!password) refuse('parameter.missing', { field: 'password' });
  if (password.length > passwordCharactersMax)
    refuse('parameter.invalid', {
      field: 'password',
      detail: `at most ${passwordCharactersMax} characters are wanted`,
    });
  return hashPassword(password);
}

export default { create, whoami };
