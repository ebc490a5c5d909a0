import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainsOf, rangesOf } from '../../src/identity/applications.ts';
import { parseAccess } from '../../src/identity/people.ts';
import { parseStoredScope } from '../../src/identity/scope.ts';

const each = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(',');

/** Parsers that remember, and texts of which a few hundred take more room than there is. */
const remembering: Readonly<Record<string, (i: number) => unknown>> = {
  'the scope of a token': (i) => parseStoredScope(`read(r${i}),write(${each(300, (n) => `w${n}`)})`),
  'what may be read by a token': (i) => parseStoredScope(`read(r${i},${each(300, (n) => `r${n}`)})`),
  'the access of a person': (i) =>
    parseAccess(`{"everything":"none","r${i}":"none",${each(300, (n) => `"r${n}":"none"`)}}`),
  'a list of domains': (i) => domainsOf(`["${i}.example",${each(300, (n) => `"${n}.example"`)}]`),
  'a list of addresses': (i) =>
    rangesOf(`["10.0.${i >> 8}.${i & 255}",${each(300, (n) => `"10.9.${n >> 8}.${n & 255}"`)}]`),
};

for (const [name, parse] of Object.entries(remembering))
  test(`${name} is remembered, and forgotten when many large ones came after it`, () => {
    const first = parse(0);
    assert.equal(parse(0), first);
    for (let i = 1; i < 20; i++) parse(i);
    assert.equal(parse(0), first, 'there is room for some');
    for (let i = 20; i < 800; i++) parse(i);
    assert.notEqual(parse(0), first);
  });
