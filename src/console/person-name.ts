import type { Person } from '../identity/people.ts';

/** What a person is called on pages. */
export const personName = ({ id, username, firstname, surname }: Person): string =>
  [firstname, surname].filter(Boolean).join(' ') || username || `staff ${id}`;
