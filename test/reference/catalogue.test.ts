import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bySection, factsOf, missing, resources, undocumented } from './facts.ts';
import { extra, otherwise, reasonFor } from './reasons.ts';

describe('what the documentation has, the catalogue has', () => {
  for (const [name, section] of bySection) {
    test(name, () => {
      const open = missing.filter(
        (fact) => section.documented.has(fact) && reasonFor(fact, otherwise) === undefined,
      );
      assert.deepEqual(open, []);
    });
  }
});

describe('what the catalogue has, the documentation has', () => {
  for (const resource of resources) {
    test(resource.name, () => {
      const own = new Set(factsOf(resource));
      assert.deepEqual(
        undocumented.filter((fact) => own.has(fact) && reasonFor(fact, extra) === undefined),
        [],
      );
    });
  }
});

describe('no list has what is no longer so', () => {
  for (const { facts, because } of otherwise) {
    test(`not in the catalogue: ${because}`, () =>
      assert.ok(
        missing.some((fact) => facts.test(fact)),
        String(facts),
      ));
  }
  for (const { facts, because } of extra) {
    test(`not among the facts: ${because}`, () =>
      assert.ok(
        undocumented.some((fact) => facts.test(fact)),
        String(facts),
      ));
  }
});
