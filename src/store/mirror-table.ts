import { table } from './schema.ts';

/**
 * How far the copy of a deployment has come that is kept in this one: a row for each list of the source that is copied (`part`), and one, with
 * the part `''`, for the source itself. `last`: the id or page that was copied last in the pass under way; `began`: when that pass began, by the
 * source's clock; `since`: when the last whole pass did. `redacts`, with `salt`: what is redacted, so that it comes out the same each time.
 */
export const mirrorTable = table(
  'mirrors',
  ['part'],
  ['part!', 'source!', 'last#!', 'began#', 'since#', 'redacts', 'salt'],
);
