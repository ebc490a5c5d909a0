/**
 * The yardstick: `node:http`, hand-written prepared SQL, nothing else. It does the same work as Accord on the same rows: token lookup
 * by digest, then the list, the object, the durable create or the durable token. Started as `bare.ts ENGINE FILE-OR-URL group|single`.
 */
import { hash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Backend, bareBackend } from './backend.ts';

const [, , engine = 'sqlite', where = '', grouping = 'group'] = process.argv;
const backend: Backend = await bareBackend(engine, where, grouping === 'group');
const meta =
  '{"meta":{"status":"ok","message":"Everything executed as expected.","more_info":"http://localhost/docs/status-codes#ok"},"response":';

function answer(response: ServerResponse, http: number, body: string): void {
  response.writeHead(http, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}

const names = ['id', 'name', 'website', 'phone', 'standing', 'date_created', 'date_modified', 'comments'];

const objectOf = (row: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name, i) => [name, row[i] === null ? null : String(row[i])]));

const digest = (token: string): string => hash('sha256', token, 'base64url');

async function respond(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/oauth2/v0/token') {
    const [client = '', secret = ''] = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64')
      .toString()
      .split(':');
    const application = await backend.application(client);
    if (!application || application.secret !== digest(secret))
      return answer(response, 401, '{"error":"invalid_client"}');
    const token = randomBytes(48).toString('base64url');
    const now = Math.floor(Date.now() / 1_000);
    await backend.issue(digest(token), application.id, application.staffId, now);
    return answer(
      response,
      200,
      JSON.stringify({
        access_token: token,
        token_type: 'Bearer',
        expires_in: 2_592_000,
        scope: 'write(all)',
      }),
    );
  }
  const token = await backend.token(digest((request.headers.authorization ?? '').slice(7)));
  if (!token) return answer(response, 401, '{"meta":{"status":"invalid_client"},"response":null}');
  if (request.method === 'POST') {
    const form = new URLSearchParams(body);
    const now = Math.floor(Date.now() / 1_000);
    const id = await backend.create(form.get('name') ?? '', form.get('website') ?? '', now);
    return answer(response, 200, `${meta}${JSON.stringify({ id: String(id), name: form.get('name') })}}`);
  }
  const id = url.pathname.slice('/api/v0/companies/'.length);
  if (id !== '')
    return answer(
      response,
      200,
      `${meta}${JSON.stringify(objectOf((await backend.get(Number(id))) ?? []))}}`,
    );
  return answer(response, 200, `${meta}${JSON.stringify((await backend.list()).map(objectOf))}}`);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  const done = () =>
    void respond(request, response, Buffer.concat(chunks).toString()).catch((error: unknown) =>
      answer(response, 500, String(error)),
    );
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', done);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
