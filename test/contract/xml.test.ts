import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { junitXml } from '../../src/contract/junit.ts';
import { xmlAttribute, xmlText } from '../../src/contract/xml.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  isArray: (name) => ['testsuite', 'testcase', 'failure'].includes(name),
});

describe('texts in XML', () => {
  const text = fc.string({ unit: 'binary' });
  const expressible = (given: string): string =>
    given.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');

  test('are read back as they were, less what XML has no way to write', () => {
    fc.assert(
      fc.property(text, (given) => {
        const document = `<a b="${xmlAttribute(given)}">.${xmlText(given)}</a>`;
        assert.equal(XMLValidator.validate(document), true);
        const { a } = parser.parse(document) as { a: { b: string; '#text': string } };
        assert.equal(a['#text'], `.${expressible(given)}`);
        assert.equal(a.b, expressible(given));
      }),
    );
  });
});

test('JUnit XML counts cases by outcome, for each suite and for all', () => {
  const xml = junitXml('all', [
    {
      name: 'first',
      started: 0,
      seconds: 1.5,
      properties: [['<key>', 'a "value"']],
      cases: [
        { classname: 'a', name: 'passed' },
        { classname: 'a', name: 'failed', failures: [{ type: 'error', message: 'x < y', text: 'a\nb' }] },
      ],
    },
    { name: 'second', cases: [{ classname: 'b', name: 'skipped', skipped: 'no time' }] },
  ]);
  assert.equal(XMLValidator.validate(xml), true);
  const { testsuites } = parser.parse(xml);
  const { name, tests, failures, skipped, time } = testsuites;
  assert.deepEqual([name, tests, failures, skipped, time], ['all', '3', '1', '1', '1.500']);
  const [first, second] = testsuites.testsuite;
  assert.deepEqual([first.tests, first.failures, first.skipped], ['2', '1', '0']);
  assert.equal(first.timestamp, '1970-01-01T00:00:00');
  assert.deepEqual(first.properties.property, { name: '<key>', value: 'a "value"' });
  assert.deepEqual(first.testcase[1].failure, [{ type: 'error', message: 'x < y', '#text': 'a\nb' }]);
  assert.deepEqual(second.testcase[0].skipped, { message: 'no time' });
});
