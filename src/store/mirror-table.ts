import { defineTable } from './schema.ts';

/**
 * How far the copy of a deployment has come that is kept in this one: a row for each list of the source that is copied (`part`), and one, with
 * the part `''`, for the source itself. `run`: which run came to it last, by its number; `began`: when its pass in that run began, by the source's
 * clock, absent once the pass is over; `last`: the id that was copied last in it, or the number of pages, negative; `since`: when the last whole pass began. Of the source:
 * `full`: whether the run asks for everything; `redacts`, with `salt`: what is redacted, so that it comes out the same each time.
 */
export const mirrorTable = defineTable(
  'mirrors',
  ['part'],
  ['part!', 'source!', 'run#!', 'last#!', 'began#', 'since#', 'full#!', 'redacts', 'salt'],
);
