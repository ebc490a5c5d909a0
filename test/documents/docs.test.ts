import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

const pages = ['.', 'client', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(root, folder, name)),
);

/** What is between fences is no Markdown. */
const prose = (page: string): string =>
  readFileSync(page, 'utf8').replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');

/** The anchor that forges give a heading. */
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
    test(`${name}: every link leads somewhere`, () => {
      const broken = linksIn(page).filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !(statSync(target).isFile() && anchorsIn(target).includes(anchor));
      });
      assert.deepEqual(broken, []);
    });
    test(`${name}: begins with its one title`, () => {
      assert.equal([...prose(page).matchAll(/^# .+$/gm)].length, 1);
    });
  }

  test('the index has every page of the folder', () => {
    const listed = new Set(linksIn(join(root, 'docs/README.md')));
    const missing = readdirSync(join(root, 'docs')).filter(
      (name) => name.endsWith('.md') && name !== 'README.md' && !listed.has(name),
    );
    assert.deepEqual(missing, []);
  });

  test('the list of decisions has every one of them, by number and title', () => {
    const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
    for (const name of readdirSync(join(root, 'docs/decisions'))) {
      if (name === 'README.md') continue;
      const [title = ''] = readFileSync(join(root, 'docs/decisions', name), 'utf8').split('\n', 1);
      const number = name.slice(0, 4);
      assert.ok(title.startsWith(`# ${number}: `), `${name} begins with "${title}"`);
      assert.ok(index.includes(`[${number}](${name}): ${title.slice(`# ${number}: `.length)}`), name);
    }
  });
});
