import type { Parameters } from '../catalogue/sent.ts';
import { refuse } from '../contract/refuse.ts';
import type { Person } from '../identity/people.ts';
import { newRecoveryCodes } from '../identity/recovery-codes.ts';
import { keepSecondFactor, sealKey } from '../identity/second-factor.ts';
import { endSessions, idOf } from '../identity/sessions.ts';
import { keyUri, stepOfCode } from '../identity/totp.ts';
import { Clash } from '../store/store.ts';
import { newSecondFactorPage } from './pages/second-factor-new.ts';
import type { SignedInAs } from './pages/signed-in.ts';
import { type SealedFor, sealForm, unsealForm } from './sealed-form.ts';

/** The form that shows a new key and asks for a code of it. */
export interface NewKeyForm {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  /** `undefined`: nobody is signed in before it is done. */
  readonly signedIn?: SignedInAs;
  readonly error?: string;
}

/** Until its first code is right a key is nowhere but in the form that shows it, sealed. */
const purpose = 'new second factor';
const keyField = 'key';

interface Said {
  readonly staffId: number;
  readonly key: string;
}

/** The page that shows a new key to an app, and asks for its first code. */
export async function firstCodePage(
  form: NewKeyForm,
  person: Person,
  key: string,
  sealed: SealedFor,
): Promise<string> {
  const { title } = sealed.located.deployment;
  const said: Said = { staffId: person.id, key };
  return newSecondFactorPage({
    ...form,
    hidden: { ...form.hidden, [keyField]: await sealForm(purpose, said, sealed) },
    deployment: title,
    key,
    uri: await keyUri(key, { issuer: title, username: person.username ?? '' }),
  });
}

/** The key that the form has shown to this person; `undefined`: there is none, or it is too old. */
export async function readNewKey(
  fields: Parameters,
  person: Person,
  sealed: SealedFor,
): Promise<string | undefined> {
  const said = await unsealForm<Said>(purpose, fields.get(keyField), sealed);
  return said?.staffId === person.id ? said.key : undefined;
}

/**
 * Turns the second factor on, if the code is one of the new key, and answers the recovery codes. All sign-ins of the person end, and the session
 * of the form with them. `replaces`: in place of one that there may be, in a session of the person. Refuses `factor.wrong`. `undefined`: the same
 * was done meanwhile.
 */
export async function turnOn(
  fields: Parameters,
  person: Person,
  key: string,
  { located, session, world, replaces }: SealedFor & { readonly replaces: boolean },
): Promise<readonly string[] | undefined> {
  const deployment = located.deployment.id;
  const now = world.clock(deployment);
  const code = fields.get('code');
  const step = await stepOfCode(key, typeof code === 'string' ? code.replace(/\s/g, '') : '', now);
  if (step === undefined)
    refuse('factor.wrong', { exact: `it is not the first code of the new key of staff ${person.id}` });
  const recovery = await newRecoveryCodes();
  const sealed = await sealKey(world.keys, person.id, key);
  try {
    const kept = await world.store.within(async (writing) => {
      // Of two forms that were sent at once one finds the session, and its codes are the ones that are good.
      const own = { staffId: person.id, id: idOf(session) };
      if (replaces && (await endSessions(writing, deployment, own)) === 0) return false;
      await keepSecondFactor(writing, deployment, person.id, { sealed, step, recovery, replaces, now });
      return true;
    });
    return kept ? recovery.codes : undefined;
  } catch (error) {
    if (error instanceof Clash) return undefined;
    throw error;
  }
}
