import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClient } from '../../client/src/client.ts';
import { resources } from '../../client/src/resources/resources.ts';
import { tags } from '../../client/src/resources/tags.ts';
import { oddServer } from './odd-server.ts';

const ok = '{"meta":{"status":"ok"},"response":[]}';
const clientOf = (baseUrl: string, waits: number[] = []) =>
  createClient({
    baseUrl,
    auth: { token: 't0ken' },
    resources: { tags, resources },
    wait: async (ms) => void waits.push(ms),
  });

describe('an odd server', () => {
  test('a 429 that says to come back at once is not asked on and on', async () => {
    let sent = 0;
    await using server = await oddServer((_, response) => {
      // Else it would never end.
      if (++sent > 500) return response.writeHead(200).end(ok);
      return response.writeHead(429, { 'Retry-After': '0' }).end('{"meta":{"status":"too_many_requests"}}');
    });
    let ms = 0;
    const client = createClient({
      baseUrl: server.base,
      auth: { token: 't' },
      patience: 20,
      now: () => ms,
      wait: async (time) => {
        ms += time;
      },
    });
    const result = await client.call({ path: 'tags' });
    assert.equal(result.verdict.status, 'too_many_requests');
    assert.ok(sent <= 21, `${sent} requests in 20 seconds`);
  });

  test('a quota that makes no sense does not close the hour for ever', async () => {
    let ms = 1_000_000_000_000;
    // Milliseconds, where seconds are wanted.
    const answers = [String(ms), String(ms / 1_000 + 3_600)];
    let sent = 0;
    await using server = await oddServer((_, response) =>
      response
        .writeHead(200, {
          'X-RateLimit-Limit': '10',
          'X-RateLimit-Remaining': sent === 0 ? '0' : '9',
          'X-RateLimit-Reset': answers[sent++] ?? '',
          Date: new Date(ms).toUTCString(),
        })
        .end(ok),
    );
    const client = createClient({ baseUrl: server.base, auth: { token: 't' }, now: () => ms });
    assert.ok((await client.call({ path: 'tags' })).ok);
    assert.ok(!(await client.call({ path: 'tags' })).ok, 'nothing remains');
    ms += 3_600_000;
    assert.ok((await client.call({ path: 'tags' })).ok);
    assert.ok((await client.call({ path: 'tags' })).ok);
  });

  test('a write is not redirected, for it would become a read; a read is', async () => {
    await using server = await oddServer((request, response) => {
      if (request.url?.startsWith('/moved/')) return response.writeHead(200).end(ok);
      return response.writeHead(301, { Location: `/moved${request.url}` }).end();
    });
    const client = clientOf(server.base);
    assert.ok((await client.tags.list()).ok);
    await assert.rejects(async () => client.tags.create({ name: 'x' }), /redirects.*baseUrl/);
    assert.equal(server.asked.length, 3);
  });

  test('a secret is not carried to another host', async () => {
    const got: string[] = [];
    await using other = await oddServer((_, response, body) => {
      got.push(body);
      response.writeHead(200).end('{"access_token":"stolen"}');
    });
    await using server = await oddServer((request, response) =>
      response.writeHead(307, { Location: `${other.base}${request.url}` }).end(),
    );
    const auth = { grant: 'refresh_token', clientId: 'id', refreshToken: 's3cret' } as const;
    const client = createClient({ baseUrl: server.base, auth });
    await assert.rejects(client.call({ path: 'tags' }), /redirects/);
    assert.deepEqual(got, []);
  });

  test('a refusal that says 200 is no file', async () => {
    const body =
      '{"meta":{"status":"invalid_request","message":"There is no such resource"},"response":null}';
    await using server = await oddServer((request, response) => {
      if (request.url?.includes('/8/'))
        return response.setHeader('Content-Disposition', 'attachment').end(body);
      return response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(body);
    });
    const client = clientOf(server.base);
    const refused = await client.resources.download(7);
    assert.deepEqual([refused.ok, refused.verdict.status], [false, 'invalid_request']);
    const file = await client.resources.download(8);
    assert.ok(file.ok);
    assert.equal(await file.response.text(), body);
  });

  test('an id does not lead to another resource, and a page has a size', async () => {
    await using server = await oddServer((_, response) => response.end(ok));
    const client = clientOf(server.base);
    for (const path of ['../x', 'tags/../../../oauth2/v0/token', '.%2E/x', '..\\x', '.\t./x'])
      await assert.rejects(client.call({ path }), /out of the API/);
    for (const id of ['..', '.', '']) assert.throws(() => client.resources.download(id), /an id is wanted/);
    for (const limit of [0, -1, Number.NaN])
      await assert.rejects(async () => {
        for await (const _ of client.tags.list({ limit }));
      }, /1 to 100/);
    assert.deepEqual(server.asked, []);
  });

  test('a field named as what every object has is only a field', async () => {
    const row = '{"id":"1","__proto__":{"polluted":"yes"},"constructor":"c","toString":"t"}';
    await using server = await oddServer((_, response) =>
      response.end(`{"meta":{"status":"ok","__proto__":{"message":"x"}},"response":[${row}]}`),
    );
    const result = await clientOf(server.base).tags.list();
    assert.ok(result.ok);
    const [tag] = result.response;
    assert.equal(JSON.stringify(tag), row.replace('"1"', '1'));
    assert.equal(Object.getPrototypeOf(tag), Object.prototype);
    assert.equal((tag as unknown as { polluted?: string }).polluted, undefined);
  });
});

describe('where the API is', () => {
  test('a path and a slash, the address with /api/v0, IPv6', async () => {
    await using server = await oddServer((_, response) => response.end(ok));
    for (const path of ['', '/', '/api/v0', '/api/v0/', '/below', '/below/', '/below/api/v0'])
      assert.ok((await clientOf(server.base + path).tags.list()).ok);
    const api = 'GET /api/v0/tags';
    const below = 'GET /below/api/v0/tags';
    assert.deepEqual(server.asked, [api, api, api, api, below, below, below]);
    const sent: string[] = [];
    const heard: typeof fetch = async (input) => {
      sent.push(String(input));
      return new Response(ok);
    };
    for (const where of [{ baseUrl: 'HTTP://[0:0::1]:4280/' }, { deployment: 'Acme' }])
      await createClient({ ...where, auth: { token: 't' }, fetch: heard }).call({ path: '/tags' });
    assert.deepEqual(sent, ['http://[::1]:4280/api/v0/tags', 'https://acme.api.accelo.com/api/v0/tags']);
  });

  test('what is no address is said at once, and never what is in it', () => {
    const wrong = [
      '',
      'localhost:4280',
      'acme',
      '/api',
      'file:///etc',
      'http://u:s3cret@h',
      'http://h?x=s3cret',
    ];
    for (const baseUrl of wrong)
      assert.throws(
        () => clientOf(baseUrl),
        (error) =>
          error instanceof TypeError && /baseUrl/.test(error.message) && !/s3cret/.test(error.message),
        baseUrl,
      );
    for (const deployment of ['a.b', 'a/b', 'a@b', 'a:1', 'a#', 'a?', 'a\n', 'ä', ''])
      assert.throws(() => createClient({ deployment, auth: { token: 't' } }), /deployment/);
  });

  test('a token that no header takes is not in the message', async () => {
    const wrong = { baseUrl: 'http://127.0.0.1:9', auth: { token: 's3cret\nX: y' } };
    assert.throws(
      () => createClient(wrong),
      ({ message }: Error) => /token/.test(message) && !/s3cret/.test(message),
    );
    const storage = { load: () => ({ access: 's3cret\r\nX: y' }), save: () => {} };
    const auth = { grant: 'refresh_token', clientId: 'id', storage } as const;
    await assert.rejects(
      createClient({ baseUrl: 'http://127.0.0.1:9', auth }).call({ path: 'tags' }),
      ({ message }: Error) => /token/.test(message) && !/s3cret/.test(message),
    );
  });
});
