import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

const below = (folder: string, recursive = false): readonly string[] =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, folder, name));

const pages = [...below('.'), ...below('client'), ...below('docs', true)];

/** The text without its fenced blocks, which are not Markdown. */
const prose = (page: string): string =>
  readFileSync(page, 'utf8').replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');

/** The anchor that GitHub and others give a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsIn = (page: string): readonly string[] =>
  [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

const linksIn = (page: string): readonly string[] =>
  [...prose(page).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to));

describe('the documents', () => {
  for (const page of pages) {
    const name = relative(root, page);
    test(`${name}: every link has a target`, () => {
      const broken = linksIn(page).filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !(statSync(target).isFile() && anchorsIn(target).includes(anchor));
      });
      assert.deepEqual(broken, []);
    });
    test(`${name}: has one title`, () => {
      assert.equal([...prose(page).matchAll(/^# .+$/gm)].length, 1);
    });
  }

  test('every document that the code names exists', () => {
    const missing = ['src', 'generate', 'test', 'client/src', 'bench', 'examples'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.[jt]s$/.test(name))
        .flatMap((name) => {
          const named = readFileSync(join(root, folder, name), 'utf8').matchAll(/\bdocs\/[\w/-]+\.md\b/g);
          return [...named]
            .filter(([path]) => !existsSync(join(root, path)))
            .map(([path]) => `${folder}/${name}: ${path}`);
        }),
    );
    assert.deepEqual(missing, []);
  });

  test('the index lists every page below docs/, each decision in an index of its own', () => {
    const docs = join(root, 'docs');
    const listed = new Set(linksIn(join(docs, 'README.md')));
    const missing = below('docs', true)
      .map((page) => relative(docs, page))
      .filter((name) => name !== 'README.md' && !listed.has(name))
      .filter((name) => dirname(name) !== 'internals/decisions');
    assert.deepEqual(missing, []);
  });

  test('the list of decisions has every one of them, by number and title', () => {
    const index = readFileSync(join(root, 'docs/internals/decisions/README.md'), 'utf8');
    for (const name of readdirSync(join(root, 'docs/internals/decisions'))) {
      if (name === 'README.md') continue;
      const [title = ''] = readFileSync(join(root, 'docs/internals/decisions', name), 'utf8').split('\n', 1);
      const number = name.slice(0, 4);
      assert.ok(title.startsWith(`# ${number}: `), `${name} begins with "${title}"`);
      assert.ok(index.includes(`[${number}](${name}): ${title.slice(`# ${number}: `.length)}`), name);
    }
  });
});
