import { type Kind, wholeNumber } from './kind.ts';

/** Ids and amounts of seconds: 0 to 2^53 - 1, on the wire as a string. */
export const unsignedKind: Kind = Object.freeze<Kind>({
  name: 'unsigned',
  column: 'integer',
  expects: 'a whole number from 0 to 9007199254740991',
  read: (sent) => (sent === '' ? null : wholeNumber(sent)),
  holds: (stored) =>
    stored === null || (typeof stored === 'number' && Number.isSafeInteger(stored) && stored >= 0),
  wire: String,
});

/** A link to another object by its id: as unsigned, and 0 means none. */
export const linkKind: Kind = Object.freeze<Kind>({
  ...unsignedKind,
  name: 'link',
  expects: 'the id of an object, or 0 for none',
  read: (sent) => (sent === '' || sent === '0' ? null : wholeNumber(sent)),
});

/** A link that is written out: `"contracts/12"`; the bare id is read too. */
export const uriKind = (plural: string): Kind =>
  Object.freeze<Kind>({
    ...linkKind,
    name: 'uri',
    expects: `the id of an object, or ${plural}/ and the id, or 0 for none`,
    read: (sent) => linkKind.read(sent.startsWith(`${plural}/`) ? sent.slice(plural.length + 1) : sent),
    wire: (stored) => `${plural}/${stored}`,
  });
