import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply, send } from '../harness/http.ts';
import { readDocument, validators } from '../harness/openapi.ts';
import { serveSample } from './served.ts';

const document = await readDocument();
const valid = validators(document);

/** Every `GET` of the API that answers in the envelope. */
const reads = Object.entries(document.paths).flatMap(([path, { get, servers }]) =>
  get?.responses['200']?.content?.['application/json'] && !servers ? [path] : [],
);
const shallow = reads.filter((path) => !path.includes('{'));
const deep = reads.filter((path) => path.includes('{'));
/** A path with more ids than this needs rows that belong together; the fuzz test has those. */
const [idsMax, idsTried] = [2, 3];

/** What an answer may name as the objects of its list, whatever the list is called. */
function idsIn(text: string): readonly string[] {
  const { response } = JSON.parse(text) as { response: unknown };
  const rows = Array.isArray(response) ? response : Object.values(response ?? {}).flat();
  return rows.flatMap((row) => (typeof row?.id === 'string' ? [row.id as string] : [])).slice(0, idsTried);
}

onEveryEngine('every answer from the sample', (engine) => {
  let database: Database;
  let served: Awaited<ReturnType<typeof serveSample>>;
  before(async () => {
    database = await engine.create('lean');
    served = await serveSample({
      data: database.data,
      ...(database.databaseUrl ? { 'database-url': database.databaseUrl } : {}),
    });
  });
  after(async () => {
    closeConnections();
    await served.server.close();
    await database.release();
  });

  const ask = (path: string, fields: string, token: string): Promise<Reply> =>
    send(served.server.port, 'planet-express.api.localhost', {
      path: `/api/v0${path}?_limit=100${fields}`,
      headers: { Authorization: `Bearer ${token}` },
    });

  for (const [who, tokenOf] of [
    ['the administrator', () => served.personal],
    ['a restricted person', () => served.restricted],
  ] as const)
    test(`is what the document says, to ${who}`, { timeout: 120_000 }, async () => {
      const wrong = new Map<string, string>();
      const found = new Map<string, readonly string[]>();
      let succeeded = 0;
      const check = async (path: string, filled: string): Promise<void> => {
        for (const fields of ['', '&_fields=_ALL']) {
          const reply = await ask(filled, fields, tokenOf());
          if (reply.http === 200) succeeded++;
          if (reply.http === 200 && fields === '') found.set(filled, idsIn(reply.text));
          const problems =
            reply.http < 500
              ? valid.answer(path, 'get', String(reply.http), JSON.parse(reply.text))
              : ['it fails'];
          for (const problem of problems)
            wrong.set(`${path}: ${problem}`, `${filled}${fields} → ${reply.text.slice(0, 200)}`);
        }
      };
      for (const path of shallow) await check(path, path);
      for (const path of deep) {
        let filled = [''];
        for (const part of path.split('/').slice(1)) {
          filled = filled.flatMap((so) =>
            part.startsWith('{') ? (found.get(so) ?? []).map((id) => `${so}/${id}`) : [`${so}/${part}`],
          );
        }
        if ((path.match(/\{/g) ?? []).length <= idsMax) for (const so of filled) await check(path, so);
      }
      assert.deepEqual([...wrong], [], `${wrong.size} kinds of problems`);
      assert.ok(succeeded > 2 * shallow.length * (who === 'the administrator' ? 1.5 : 1), `${succeeded}`);
    });
});
