import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { Parameters, ParameterValue } from '../../catalogue/sent.ts';
import { via } from '../../catalogue/source.ts';
import { Refusal, refuse } from '../../contract/refuse.ts';
import { takeTurn } from '../../identity/deployments.ts';
import { firstOf } from '../../objects/derived.ts';
import { insertObject, Overtaken } from '../../objects/write.ts';
import { textOf } from '../../request/06-parameters/single.ts';
import { expressionOf } from '../../store/expression.ts';
import { foldCase } from '../../store/fold.ts';
import { both, type Condition } from '../../store/query.ts';
import { ascending, columnsNamed, selectRows } from '../../store/select-named.ts';
import type { WriteContext } from '../../store/write-context.ts';

/** Who wrote, as far as the caller knows. */
interface Sender {
  readonly email: string;
  readonly phone: string;
  readonly contactId: number | undefined;
  readonly firstname: string;
  readonly surname: string;
  readonly companyId: number | undefined;
  readonly companyName: string;
  readonly companyPhone: string;
}

/**
 * The affiliation of whoever wrote ("Handling a Lack of Affiliation" of the reference): the one that is named by its id; else one that is
 * known by what is told of its contact, company or email; else a new one. Refuses `parameter.missing` when not enough is told to make one, and
 * `parameter.invalid` for what does not exist.
 */
export async function affiliationFor(context: WriteContext, parameters: Parameters): Promise<number> {
  const named = idIn('affiliation_id', parameters.get('affiliation_id')) ?? namedIn(parameters);
  if (named !== undefined) return named;
  const sender = senderIn(parameters);
  const known = await knownSender(context, sender);
  if (known !== undefined) return known;
  // New people are made one after the other, so that of two who ask for the same one the second finds that of the first.
  await takeTurn(context.store, context.deployment);
  return (await knownSender(context, sender)) ?? newSender(context, sender);
}

/** `affiliation` may be an id, or an object that has one. */
function namedIn(parameters: Parameters): number | undefined {
  const sent = parameters.get('affiliation');
  if (sent === null || typeof sent !== 'object') return idIn('affiliation', sent);
  return idIn('affiliation', (sent as { readonly id?: ParameterValue }).id);
}

function idIn(field: string, sent: ParameterValue | undefined): number | undefined {
  if (sent === undefined || sent === null || sent === '' || sent === 0 || sent === '0') return undefined;
  const id = typeof sent === 'object' ? Number.NaN : Number(sent);
  if (!Number.isSafeInteger(id) || id < 0) refuse('parameter.invalid', { field, detail: 'an id is wanted' });
  return id;
}

/** From `affiliation_contact_firstname` and its like, or from `affiliation: {contact: {firstname}}`. */
function senderIn(parameters: Parameters): Sender {
  const inner = (from: ParameterValue | undefined, name: string): ParameterValue | undefined =>
    from !== null && typeof from === 'object' && !Array.isArray(from)
      ? (from as Readonly<Record<string, ParameterValue>>)[name]
      : undefined;
  const affiliation = parameters.get('affiliation');
  const at = (...path: readonly string[]): { field: string; sent: ParameterValue | undefined } => {
    const field = `affiliation_${path.join('_')}`;
    return { field, sent: parameters.get(field) ?? path.reduce(inner, affiliation) };
  };
  const text = (...path: readonly string[]): string => {
    const { field, sent } = at(...path);
    const value = textOf({ get: () => sent, has: () => true }, field)?.trim() ?? '';
    if (value.length > longest)
      refuse('parameter.invalid', { field, detail: `at most ${longest} characters are wanted` });
    return value;
  };
  const id = (...path: readonly string[]): number | undefined => {
    const { field, sent } = at(...path);
    return idIn(field, sent);
  };
  const email = text('email');
  if (email !== '' && !email.includes('@'))
    refuse('parameter.invalid', { field: 'affiliation_email', detail: 'an email address is wanted' });
  return {
    email,
    phone: text('phone'),
    contactId: id('contact', 'id'),
    firstname: text('contact', 'firstname'),
    surname: text('contact', 'surname'),
    companyId: id('company', 'id'),
    companyName: text('company', 'name'),
    companyPhone: text('company', 'phone'),
  };
}

const longest = 255;

/** By the ids of contact and company, then by the email, then by the names: the first that is there. */
async function knownSender(context: WriteContext, sender: Sender): Promise<number | undefined> {
  const { catalogue } = context;
  const affiliations = resourceNamed(catalogue, 'affiliations');
  const among: Condition[] = [];
  if (sender.contactId !== undefined) among.push(equal('contact_id', sender.contactId));
  if (sender.companyId !== undefined) among.push(equal('company_id', sender.companyId));
  if (sender.contactId !== undefined) return first(both(...among));
  if (sender.email !== '') {
    // Nobody takes addresses apart by case; what `contains` finds is compared whole, and letter by letter: a search also takes `ı` for `i`,
    // which would make another person of the sender.
    const lower = (value: string): string => value.toLowerCase();
    const found = await selectRows(context.store, context.deployment, {
      table: affiliations.name,
      select: columnsNamed('id', 'email'),
      where: both(...among, { contains: foldCase(sender.email), on: [{ column: 'email' }] }),
      order: [ascending('id')],
    });
    const same = found.find(({ email }) => lower(String(email)) === lower(sender.email));
    if (same) return same.id as number;
  }
  if (sender.firstname === '' || sender.surname === '') return undefined;
  if (sender.companyId === undefined && sender.companyName !== '')
    among.push({
      test: '=',
      on: expressionOf(catalogue, affiliations, via('company', 'name')),
      value: sender.companyName,
    });
  for (const name of ['firstname', 'surname'] as const)
    among.push({
      test: '=',
      on: expressionOf(catalogue, affiliations, via('contact', name)),
      value: sender[name],
    });
  return first(both(...among));

  async function first(where: Condition): Promise<number | undefined> {
    return (await firstOf(context, affiliations, where)) ?? undefined;
  }
}

const equal = (column: string, value: number | string): Condition => ({
  test: '=',
  on: { column },
  value,
});

/** The affiliation, and whatever of its contact and company is not there yet. */
async function newSender(context: WriteContext, sender: Sender): Promise<number> {
  const { firstname, surname } = nameOf(sender);
  const enough =
    sender.contactId !== undefined ||
    sender.email !== '' ||
    (sender.firstname !== '' &&
      (sender.surname !== '' || sender.companyName !== '' || sender.companyId !== undefined));
  if (!enough)
    refuse('parameter.missing', {
      field: 'affiliation_id',
      or: 'affiliation_contact_id, affiliation_email, or affiliation_contact_firstname with affiliation_contact_surname, affiliation_company_id or affiliation_company_name',
    });
  const name =
    sender.companyName || (sender.firstname ? `${firstname} ${surname}`.trim() : sender.email) || undefined;
  const company =
    sender.companyId ?? (name === undefined ? null : await companyNamed(context, name, sender.companyPhone));
  const contact =
    sender.contactId ?? (await insert(context, 'contacts', { firstname, surname }, 'affiliation_contact_id'));
  const id = await insertObject(context, resourceNamed(context.catalogue, 'affiliations'), {
    values: { company, contact, email: sender.email, phone: sender.phone },
    names: { company: 'affiliation_company_id', contact: 'affiliation_contact_id' },
  });
  // As with any new contact, and any company that has nobody yet.
  const main = { default_affiliation_id: id };
  const none = { default_affiliation_id: null };
  await context.store.update(context.deployment, 'contacts', { id: contact, ...none }, main);
  if (company !== null)
    await context.store.update(context.deployment, 'companies', { id: company, ...none }, main);
  return id;
}

async function companyNamed(context: WriteContext, name: string, phone: string): Promise<number> {
  const cut = name.slice(0, longest);
  const found = await context.store.find(context.deployment, 'companies', ['id'], { name: cut });
  if (found) return found.id as number;
  try {
    return await insert(context, 'companies', { name: cut, phone }, 'name');
  } catch (error) {
    // Made elsewhere since it was looked for.
    if (error instanceof Refusal && error.because === 'name.taken') throw new Overtaken(error);
    throw error;
  }
}

const insert = (
  context: WriteContext,
  resource: string,
  values: Readonly<Record<string, Stored>>,
  field: string,
): Promise<number> =>
  insertObject(context, resourceNamed(context.catalogue, resource), { values, names: { [field]: field } });

/** "We will attempt to extract a name from the email provided": `jack.black@example.com` is Jack Black. */
function nameOf({ firstname, surname, email }: Sender): { firstname: string; surname: string } {
  if (firstname !== '' || surname !== '') return { firstname, surname };
  const [local = ''] = email.split('@');
  const words = local
    .split(/[._+-]/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return { firstname: words[0] ?? '', surname: words.slice(1).join(' ') };
}
