import type { Parameters } from '../catalogue/sent.ts';
import { Refusal, refuse } from '../contract/refuse.ts';
import { findByUsername, findPerson, type Person } from '../identity/people.ts';
import { takeCode, takeRecoveryCode } from '../identity/second-factor.ts';
import { digestText } from '../identity/secrets.ts';
import { newTotpKey } from '../identity/totp.ts';
import type { Located } from '../request/02-deployment/locate.ts';
import { inject } from '../request/fault.ts';
import type { OpenTrail, SecurityEvent } from '../request/trail.ts';
import type { World } from '../request/world.ts';
import { firstCodePage, readNewKey, turnOn } from './new-second-factor.ts';
import { signInCodePage } from './pages/sign-in-code.ts';
import { showFormAgain } from './refused-form.ts';
import { type SealedFor, sealForm, unsealForm } from './sealed-form.ts';
import { inTurn, type Recognized } from './sign-in.ts';

/** Where the form of the second step goes, and what it carries beside what is added here. */
export interface StepForm {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  /** The title of the application that asks for authorization. */
  readonly application?: string;
  /** Where the browser may be sent after the form, beside this server. */
  readonly formAction?: readonly string[] | undefined;
}

/** A person who has completed the second step. */
export interface Stepped {
  readonly person: Person;
  readonly by: SecurityEvent['by'];
  readonly what: 'signed-in' | 'second-factor.on';
  /** New recovery codes, to be shown once. */
  readonly codes?: readonly string[];
}

/** In the body of a form of the second step: the word of the server that the password was right. */
export const ticketField = 'ticket';
const ticket = 'ticket';

/** Says who gave the right password in this session, until that password is another. No session begins before the second step is done. */
interface Ticket {
  readonly staffId: number;
  readonly password: string;
}

/** The page of the second step, after a right password. */
export async function secondStepPage(
  recognized: Recognized,
  form: StepForm,
  sealed: SealedFor,
): Promise<string> {
  const { person, password, wants } = recognized;
  const said: Ticket = { staffId: person.id, password: digestText(password) };
  const hidden = { ...form.hidden, [ticketField]: await sealForm(ticket, said, sealed) };
  if (wants === 'set-up') return firstCodePage({ ...form, hidden }, person, await newTotpKey(), sealed);
  return signInCodePage({ ...form, hidden, deployment: sealed.located.deployment.title });
}

/**
 * Checks the code of the app or a recovery code, or turns on a new key with its first code. Refuses `user.locked` and `factor.wrong`, and then
 * shows the form again. `undefined`: the form is out of date, and the password has to be given again.
 */
export async function takeSecondStep(
  fields: Parameters,
  form: StepForm,
  sealed: SealedFor,
  trail: OpenTrail,
): Promise<Stepped | undefined> {
  const { located, world } = sealed;
  const sent = fields.get(ticketField);
  const person = await personOf(await unsealForm<Ticket>(ticket, sent, sealed), located, world);
  if (!person) return undefined;
  const hidden = { ...form.hidden, [ticketField]: sent as string };
  const key = await readNewKey(fields, person, sealed);
  // A lock is shown as a wrong code.
  const again = { ...form, hidden, error: wrongCode(located) };
  if (key === undefined) {
    showFormAgain(trail, () => ({
      html: signInCodePage({ ...again, deployment: located.deployment.title }),
      formAction: form.formAction,
    }));
    return { person, by: await checkCode(fields, person, sealed, trail), what: 'signed-in' };
  }
  showFormAgain(trail, async () => ({
    html: await firstCodePage(again, person, key, sealed),
    formAction: form.formAction,
  }));
  // The server made this key in this session, for a person who had no second factor. One that was set up meanwhile is not replaced.
  const codes = await turnOn(fields, person, key, { ...sealed, replaces: false });
  return codes && { person, by: 'password', what: 'second-factor.on', codes };
}

export const wrongCode = ({ received }: Located): string =>
  new Refusal('factor.wrong').messageFor(received.id);

/** Who a ticket is of, as long as the password and the person are what they were. */
async function personOf(
  said: Ticket | undefined,
  { deployment }: Located,
  { store }: World,
): Promise<Person | undefined> {
  const named = said && (await findPerson(store, deployment.id, said.staffId));
  const found = named?.username && (await findByUsername(store, deployment.id, named.username));
  if (!found || found.person.id !== said?.staffId || found.person.standing !== 'active') return undefined;
  return digestText(found.password ?? '') === said.password ? found.person : undefined;
}

/**
 * The code of the app, or a recovery code. Refuses `user.locked` and `factor.wrong`; failures count towards the lock of the username at this
 * address, as wrong passwords do, and towards that of the second factor, wherever they come from.
 */
async function checkCode(
  fields: Parameters,
  person: Person,
  { located: { deployment, received }, world }: SealedFor,
  { fault }: OpenTrail,
): Promise<'code' | 'recovery-code'> {
  const username = person.username ?? '';
  const subject = { subject: username, address: received.address };
  const kinds = ['user', 'factor'] as const;
  const [code, recovery] = [textOf(fields, 'code'), textOf(fields, 'recovery')];
  return inTurn(`code ${deployment.id} ${username}`, async () => {
    for (const kind of kinds) await world.lockout.check(kind, deployment.id, subject);
    // Counted before it is known: another process must not let guesses pass meanwhile.
    for (const kind of kinds) await world.lockout.fail(kind, deployment.id, { ...subject, who: username });
    inject(fault, 'code');
    const { store, clock } = world;
    const result =
      recovery === ''
        ? await takeCode(world, deployment.id, person.id, {
            code: code.replace(/\s/g, ''),
            now: clock(deployment.id),
          })
        : await takeRecoveryCode(store, deployment.id, person.id, recovery);
    const why = result === 'used' ? 'was used before' : 'is another';
    if (result !== 'right') refuse('factor.wrong', { exact: `the code of staff ${person.id} ${why}` });
    for (const kind of kinds) await world.lockout.succeed(kind, deployment.id, subject);
    return recovery === '' ? 'code' : 'recovery-code';
  });
}

/** Characters; a code with spaces. */
const codeLengthMax = 40;

function textOf(fields: Parameters, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value.slice(0, codeLengthMax).trim() : '';
}
