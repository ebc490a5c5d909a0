import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Tree } from '../../contract/answer.ts';
import type { Deployment } from '../../identity/deployments.ts';
import { type Access, reaches } from '../../identity/people.ts';
import type { Account } from '../08-operation/account.ts';
import { lasting } from './lasting.ts';

// The same in every answer to people with the same access: made once, frozen, and cached.
const accesses = new WeakMap<Catalogue, WeakMap<Access, Tree>>();
const titles = new WeakMap<Catalogue, Tree>();

/** `{<object>: {view, add, manages, admin, dashboard}}`, by singular; flags are the numbers 1 and 0, as recorded, unlike all others of the API. */
export function userAccess(catalogue: Catalogue, access: Access): Tree {
  let known = accesses.get(catalogue);
  if (!known) {
    known = new WeakMap();
    accesses.set(catalogue, known);
  }
  let found = known.get(access);
  if (found === undefined) {
    found = lasting(accessTree(catalogue, access));
    known.set(access, found);
  }
  return found;
}

function accessTree(catalogue: Catalogue, access: Access): Tree {
  const flag = (yes: boolean): number => (yes ? 1 : 0);
  return Object.fromEntries(
    roots(catalogue).map(({ singular, scope, access: needed }) => {
      const view = reaches(access, scope, needed.read);
      const admin = reaches(access, scope, 'admin');
      return [
        singular,
        {
          view: flag(view),
          add: flag(reaches(access, scope, needed.create)),
          manages: flag(reaches(access, scope, needed.update)),
          admin: flag(admin),
          dashboard: flag(view),
        },
      ];
    }),
  );
}

/** `{<object>: {singular, plural}}`: the deployment's own words for its objects; the catalogue's until it has others. */
export function userTitles(catalogue: Catalogue): Tree {
  let found = titles.get(catalogue);
  if (found === undefined) {
    found = lasting(titleTree(catalogue));
    titles.set(catalogue, found);
  }
  return found;
}

function titleTree(catalogue: Catalogue): Tree {
  const words = (text: string): string => (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll('_', ' ');
  return Object.fromEntries(
    roots(catalogue).map(({ singular, plural }) => [
      singular,
      { singular: words(singular), plural: words(plural) },
    ]),
  );
}

export const localeOf = (deployment: Deployment, timezone: string | null): Tree => ({
  currency: { symbol: deployment.currency },
  timezone: timezone ?? deployment.timezone,
});

const known = new WeakMap<Account, Tree>();

/** `account_details` of a token answer, in the shape that clients in the field read. Made once for all tokens that are issued from the same `Account`. */
export function accountDetails(catalogue: Catalogue, deployment: Deployment, account: Account): Tree {
  let found = known.get(account);
  if (found === undefined) {
    found = lasting(detailsTree(catalogue, deployment, account));
    known.set(account, found);
  }
  return found;
}

function detailsTree(catalogue: Catalogue, deployment: Deployment, { person, details }: Account): Tree {
  const { timezone, ...shown } = details;
  return {
    id: String(person.id),
    ...shown,
    initials: `${person.firstname?.charAt(0) ?? ''}${person.surname?.charAt(0) ?? ''}`,
    access_level: person.access.everything,
    locale: localeOf(deployment, timezone ?? null),
    user_access: userAccess(catalogue, person.access),
    user_defined_titles: userTitles(catalogue),
  };
}

/** `GET /user`: the staff object and the person's own view of the deployment; clients read `id`, `email` and `name` at the top. */
export function userAnswer(catalogue: Catalogue, deployment: Deployment, { person, details }: Account): Tree {
  return {
    id: String(person.id),
    ...details,
    name: [person.firstname, person.surname].filter(Boolean).join(' '),
    standing: person.standing,
    user_titles: userTitles(catalogue),
    user_access: userAccess(catalogue, person.access),
    locale: localeOf(deployment, details.timezone ?? null),
  };
}

/** `GET /tokeninfo`. */
export const tokenInfo = (deployment: Deployment, { person, details }: Account, expires: number): Tree => ({
  email: person.email,
  firstname: person.firstname,
  surname: person.surname,
  deployment: deployment.name,
  expiry_date: String(expires),
  locale: localeOf(deployment, details.timezone ?? null),
  staff_id: String(person.id),
});

const roots = (catalogue: Catalogue) =>
  [...catalogue.resources.values()].filter(({ name, scope }) => name === scope);
