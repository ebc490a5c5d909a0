import type { causes } from '../../contract/causes.ts';
import type { Probe } from '../probe.ts';
import { access } from './access.ts';
import { clients } from './clients.ts';
import { codes } from './codes.ts';
import { formats } from './formats.ts';
import { limits } from './limits.ts';
import { lists } from './lists.ts';
import { ours } from './ours.ts';
import { refreshing } from './refreshing.ts';
import { requests } from './requests.ts';
import { suppression } from './suppression.ts';
import { writes } from './writes.ts';

/** Every probe, in the order they run: what ends the caller's welcome comes last. */
export const probes: readonly Probe[] = Object.freeze([
  ...ours,
  ...access,
  ...clients,
  ...codes,
  ...refreshing,
  ...requests,
  ...lists,
  ...formats,
  ...suppression,
  ...writes,
  ...limits,
]);

/** Causes that cannot be met from outside, and why. */
export const unprobed: Readonly<Partial<Record<keyof typeof causes, string>>> = Object.freeze({
  'user.invalid': 'no request takes the standing of the person behind a token away and gives it back',
  'factor.wrong': 'whose second factor it would be is a person, and not asked for here',
  'grant.revoked': 'no request revokes a code before its use',
  'refresh.expired': 'a refresh token lives longer than anybody waits here',
  'store.unreachable': 'the database cannot be taken away from outside',
  'store.busy': 'a database cannot be kept busy from outside',
  'routine.threw': 'a defect cannot be asked for',
  'data.corrupt': 'stored rows cannot be broken from outside',
});
