import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { Ended } from '../harness/commands.ts';
import { sqlite } from '../harness/engines.ts';
import { flagsOf } from '../harness/terminal.ts';
import { dump, type Report, run } from './command.ts';

type Answer = (response: ServerResponse) => void;

const token = 'bite-my-shiny-token';
const json =
  (body: unknown, http = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(http, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const objects = (...response: readonly unknown[]): Answer => json({ meta: { status: 'ok' }, response });

/** A server whose list of companies is `companies`, and whose first answer is `hello`. */
async function lying<T>(
  companies: Answer,
  work: (origin: string, asked: () => number) => Promise<T>,
  hello: Answer = objects(),
) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    if (request.url?.startsWith('/api/v0/tokeninfo')) return hello(response);
    companies(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => asked);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}

/** The end of a copy of its companies, what it said, and what was kept. */
async function copied(companies: Answer, hello?: Answer) {
  const into = await sqlite.create();
  try {
    return await lying(
      companies,
      async (origin, asked) => {
        const args = [
          'mirror',
          origin,
          '--deployment',
          'copy',
          ...flagsOf(into),
          '--only',
          'companies',
          '--json',
        ];
        const end: Ended = await run(args, { ACCORD_MIRROR_TOKEN: token });
        const report = end.code === 0 ? (JSON.parse(end.out) as Report) : undefined;
        const kept = end.code === 0 ? ((await dump(into, 'copy')).companies ?? []) : [];
        return { ...end, report, kept: kept.map(({ id }) => id), asked: asked() };
      },
      hello,
    );
  } finally {
    await into.release();
  }
}

const isHarmless = (text: string): boolean =>
  !text.includes('shiny') && ![...text].some((character) => character < ' ');

describe('a source that lies', () => {
  test('about ids loses those objects only, and is told of', async () => {
    const { report, kept } = await copied(
      objects(
        { id: 'abc', name: 'a' },
        { name: 'b' },
        { id: '3', name: 'c' },
        { id: -1 },
        { id: 1.5 },
        { id: String(2 ** 53 - 1) },
      ),
    );
    assert.deepEqual(kept, [3]);
    assert.deepEqual(report?.unreadable, { 'companies.id': 5 });
  });

  test('about what it is, is asked no more, nor followed elsewhere', async () => {
    const page: Answer = (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>');
    const html = await copied(page, page);
    assert.deepEqual([html.code, html.asked], [1, 1]);
    assert.match(html.err, /no JSON that can be read: is it an API/);
    const away = await copied(objects(), json({}, 302, { Location: 'https://elsewhere.example/?token=1' }));
    assert.deepEqual([away.code, away.asked], [1, 1]);
    assert.match(away.err, /HTTP 302 .*redirects to https:\/\/elsewhere\.example, which is not followed/);
  });

  test('about how long to wait is not waited for', async () => {
    const { code, err, asked } = await copied(json({}, 429, { 'Retry-After': '99999999999' }));
    assert.deepEqual([code, asked], [1, 2]);
    assert.match(err, /asks to wait 99999999999 s: run the same command again after that/);
  });

  test('in its messages gets neither a terminal nor the token into them', async () => {
    const message = `${token} \u001b[2J\n`.repeat(500);
    const refused = json({ meta: { status: 'invalid_scope', message }, response: null }, 403);
    const { report } = await copied(refused);
    const said = report?.leftOut.companies ?? '';
    assert.match(said, /^invalid_scope: … /);
    assert.equal(isHarmless(said), true, said);
    assert.ok(said.length < 500);
    const { code, err } = await copied(
      json({ meta: { status: 'invalid_client', message }, response: null }, 401),
    );
    assert.equal(code, 1);
    assert.equal(isHarmless(err.trimEnd()), true, err);
  });
});
