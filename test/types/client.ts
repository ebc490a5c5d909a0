/** Checked by `npm run types`: what is answered follows from what was asked for; names that do not exist are refused where they are written. */
import { createClient } from '../../client/src/client.ts';
import { companies } from '../../client/src/resources/companies.ts';
import { issues } from '../../client/src/resources/issues.ts';
import { timers } from '../../client/src/resources/timers.ts';
import type { Failure, Verdict } from '../../client/src/verdict.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
const same = <A, B>(_: Same<A, B>): void => {};

const client = createClient({
  deployment: 'acme',
  auth: { token: 't' },
  resources: { companies, issues, timers },
});

export async function answersFollow(): Promise<void> {
  const plain = await client.companies.get(1);
  if (plain.ok) {
    same<typeof plain.response.id, number>(true);
    same<typeof plain.response.name, string | null>(true);
    // @ts-expect-error nobody asked for the website
    plain.response.website;
  }
  const some = await client.companies.list({
    fields: [
      'website',
      'status',
      'date_created',
      'staff_bookmarked',
      'postal_address(city, country(title))',
      'breadcrumbs',
    ],
    filters: { standing: 'active', date_modified_after: new Date(0), id_not: [1, 2], status: null },
    order: ['name', '-id'],
    search: 'planet',
    limit: 5,
  });
  if (some.ok) {
    const [first] = some.response;
    if (!first) return;
    same<typeof first.website, string | null>(true);
    same<typeof first.status, number | null>(true);
    same<typeof first.date_created, Date | null>(true);
    same<typeof first.staff_bookmarked, boolean | null>(true);
    same<NonNullable<typeof first.postal_address>['city'], string | null>(true);
    const country = first.postal_address?.country;
    if (country) same<typeof country.title, string | null>(true);
    same<(typeof first.breadcrumbs)[number]['title'], string | null>(true);
    // @ts-expect-error the street was not asked for
    first.postal_address?.street1;
  }
  for await (const issue of client.issues.list({ fields: ['_ALL', 'issue_type()'] }))
    same<NonNullable<(typeof issue)['issue_type']>['id'], number>(true);
  for await (const bare of client.companies.list({ fields: ['phone'], hideDefaults: true })) {
    same<keyof typeof bare, 'phone'>(true);
  }
  const count = await client.companies.count({
    filters: { _OR: [{ standing: 'active' }, { empty: 'website' }] },
  });
  if (count.ok) same<typeof count.response, number>(true);
  const moves = await client.companies.progressions(1);
  if (moves.ok) same<(typeof moves.response)[number]['status']['start'], boolean | null>(true);
  const gone = await client.companies.delete(1);
  if (gone.ok) same<typeof gone.response, null>(true);
  await client.companies.create({ name: 'Planet Express', status_id: 3, 'profile.7': 'yes' });
  await client.companies.update(1, { website: null });
  await client.timers.start(1);
}

export function namesAreKnown(): void {
  // @ts-expect-error there is no such field
  client.companies.list({ fields: ['websit'] });
  // @ts-expect-error an address has no such field
  client.companies.list({ fields: ['postal_address(town)'] });
  // @ts-expect-error two links deep
  client.companies.list({ fields: ['postal_address(country(name))'] });
  // @ts-expect-error a website is no link
  client.companies.list({ fields: ['website(title)'] });
  // @ts-expect-error a parenthesis is not closed
  client.companies.list({ fields: ['postal_address(city'] });
  // @ts-expect-error there is no such filter
  client.companies.list({ filters: { standng: 'active' } });
  // @ts-expect-error a moment is a Date
  client.companies.list({ filters: { date_modified_after: 1_700_000_000 } });
  // @ts-expect-error nor inside of others
  client.companies.list({ filters: { _OR: [{ nmae: 'x' }] } });
  // @ts-expect-error it is not ordered by that
  client.companies.list({ order: 'website' });
  // @ts-expect-error a name is required
  client.companies.create({ website: 'x' });
  // @ts-expect-error it writes no such field
  client.companies.create({ name: 'x', date_created: new Date() });
  // @ts-expect-error timers have no search
  client.timers.list({ search: 'x' });
  // @ts-expect-error a company cannot be started
  client.companies.start(1);
  // @ts-expect-error tasks are not among the resources of this client
  client.tasks;
}

/** Every failure can be told from every other, and none is forgotten. */
export function advice(verdict: Failure): string {
  switch (verdict.status) {
    case 'invalid_client':
    case 'too_many_failed_logins':
      return verdict.retry.when === 'after' ? `locked for ${verdict.retry.seconds} s` : 'sign in again';
    case 'invalid_grant':
    case 'invalid_scope':
      same<typeof verdict.retry.when, 'after re-authentication'>(true);
      return 'send the user through the authorization';
    case 'duplicate':
    case 'invalid_request':
    case 'unsupported_grant_type':
    case 'unauthorized_client':
      return `fix ${verdict.retry.parameter ?? 'it'}`;
    case 'too_many_requests':
    case 'server_error':
      return `in ${verdict.retry.seconds} s`;
    case 'invalid_permission':
      return verdict.cause === 'permission.service' ? 'a person has to do it' : 'ask an administrator';
    default:
      return verdict satisfies never;
  }
}

export function oneForgotten(verdict: Verdict): void {
  switch (verdict.status) {
    case 'ok':
      return;
    default:
      // @ts-expect-error eleven are left
      verdict satisfies never;
  }
}
