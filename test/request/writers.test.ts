import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { parse as parseYaml } from 'yaml';
import type { Tree } from '../../src/contract/answer.ts';
import { writeJson } from '../../src/request/01-transport/json.ts';
import { writeXml } from '../../src/request/01-transport/xml.ts';
import { writeYaml } from '../../src/request/01-transport/yaml.ts';
import { readXml } from '../harness/read-xml.ts';

const tricky: Tree = {
  meta: { status: 'ok', more_info: 'https://x/docs?a=1&b=2#ok' },
  response: [
    {
      id: '12',
      zip: '0123',
      big: '1e3',
      hex: '0x1f',
      octal: '0o17',
      sexagesimal: '12:30:45',
      float: '.5',
      inf: '.inf',
    },
    {
      no: 'no',
      yes: 'yes',
      on: 'on',
      y: 'y',
      null: 'null',
      tilde: '~',
      true: 'true',
      date: '2001-12-14',
      merge: '<<',
      equals: '=',
    },
    {
      text: 'a\r\nb\tc\n',
      blank: '',
      space: '  two  ',
      quotes: `'"\\`,
      markup: '<b>&amp;]]></b>',
      absent: null,
    },
    {
      'not a name': '1',
      '1st': '2',
      'xml-thing': '3',
      '"<&>\n': '4',
      '': '5',
      __proto__x: '6',
      entry: '7',
      item: '8',
    },
    [],
    {},
    [[], ['a'], null],
    3600,
    -7,
    true,
    false,
    '\u{1f600} \u00e9 \u2028 \u0085 \ufeff',
  ],
};

const name = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('entry', 'item', 'on', 'null', 'xml', 'a.b'))
  .filter((text) => text !== '__proto__');
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('1', 'no', '1_000', '0b1', '!!x', '- a', '\r\n'),
);
const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).tree;

// biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids
const toXmlText = (value: string) => value.replace(/[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]/g, '\ufffd');

/** What a reader of XML is to get: the same tree, but for the characters that XML cannot have. */
function xmlCopy(tree: Tree): Tree {
  if (typeof tree === 'string') return toXmlText(tree);
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(xmlCopy);
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [toXmlText(key), xmlCopy(value)]));
}

test('JSON carries the tree', () => assert.deepEqual(JSON.parse(writeJson(tricky)), tricky));

test('XML carries the tree', () => {
  assert.equal(XMLValidator.validate(writeXml(tricky)), true);
  assert.deepEqual(readXml(writeXml(tricky)), xmlCopy(tricky));
});

test('XML says arrays, null and names that are none', () => {
  const written = writeXml({ list: ['a'], none: null, '1 "x"': 'y', cr: 'a\r\nb', bad: '\u0001\ud800' });
  assert.equal(
    written,
    '<?xml version="1.0" encoding="UTF-8"?>\n<api><list type="array"><item>a</item></list><none nil="true"/>' +
      '<entry name="1 &quot;x&quot;">y</entry><cr>a&#13;\nb</cr><bad>\ufffd\ufffd</bad></api>',
  );
});

test('XML carries any tree', () => {
  fc.assert(
    fc.property(trees, (tree) => assert.deepEqual(readXml(writeXml(tree)), xmlCopy(tree))),
    { numRuns: 300 },
  );
});

for (const version of ['1.1', '1.2'] as const) {
  test(`YAML ${version} carries the tree, text as text`, () => {
    assert.deepEqual(parseYaml(writeYaml(tricky), { version }), tricky);
    fc.assert(
      fc.property(trees, (tree) => assert.deepEqual(parseYaml(writeYaml(tree), { version }), tree)),
      { numRuns: 200 },
    );
  });
}

test('YAML has only printable characters', () => {
  const written = writeYaml({ text: '\u0000\u007f\u0080\u009f\u2028\ufeff\uffff' });
  assert.equal(written, '"text": "\\0\\u007f\\u0080\\u009f\\u2028\\ufeff\\uffff"\n');
});
