import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { HttpClient } from '../../src/http/client.ts';
import { AddressRefused } from '../../src/http/connector.ts';
import { exchange } from '../../src/http/exchange.ts';

const advice = 'start it';

/** A server on a free port; the URL names it by a name below localhost, which no resolver knows. */
async function serverThat(t: TestContext, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://nobody.accord-test.localhost:${(server.address() as AddressInfo).port}/path?a=%20b`);
}

describe('a request of a command', () => {
  test('arrives as it was written, at a name below localhost', async (t) => {
    const url = await serverThat(t, (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2']);
        response.statusCode = 418;
        const { method, url: target, headers } = request;
        response.end(
          JSON.stringify({ method, target, host: headers.host, custom: headers['x-custom'], body }),
        );
      });
    });
    const headers = { 'X-Custom': 'yes', 'Content-Type': 'text/plain' };
    const answer = await exchange({ method: 'POST', url, headers, body: 'grüße', advice });
    assert.equal(answer.http, 418);
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
    assert.deepEqual(JSON.parse(answer.text), {
      ...{ method: 'POST', target: '/path?a=%20b', host: url.host },
      ...{ custom: 'yes', body: 'grüße' },
    });
  });

  test('is not led elsewhere by a redirect', async (t) => {
    const url = await serverThat(t, (_, response) => response.writeHead(302, { Location: '/other' }).end());
    const answer = await exchange({ method: 'GET', url, headers: {}, advice });
    assert.deepEqual([answer.http, answer.headers.location], [302, '/other']);
  });

  test('fails with advice where nothing listens', async (t) => {
    const url = await serverThat(t, () => {});
    url.port = '1';
    await assert.rejects(exchange({ method: 'GET', url, headers: {}, advice }), {
      name: 'Failure',
      message: `nothing listens at ${url.origin}: start it`,
    });
  });

  test('fails when the whole answer takes too long, and when it is cut', async (t) => {
    const slow = await serverThat(t, (_, response) => void response.write('a'));
    await assert.rejects(exchange({ method: 'GET', url: slow, headers: {}, advice, within: 200 }), {
      message: `${slow.origin} did not answer: no whole answer within 0.2 s`,
    });
    const cut = await serverThat(t, (_, response) => {
      response.writeHead(200, { 'Content-Length': '10' }).write('a');
      setTimeout(() => response.destroy(), 50);
    });
    await assert.rejects(exchange({ method: 'GET', url: cut, headers: {}, advice }), /did not answer: /);
  });

  test('hands over the body of a good answer as it arrives, and of no other', async (t) => {
    const url = await serverThat(t, (request, response) => {
      response.statusCode = request.url === '/missing' ? 404 : 200;
      response.end('contents');
    });
    let read = '';
    const receive = async (content: AsyncIterable<Buffer>) => {
      for await (const chunk of content) read += chunk;
    };
    const good = await exchange({ method: 'GET', url, headers: {}, advice, receive });
    assert.deepEqual([good.text, read], ['', 'contents']);
    const missing = await exchange({
      method: 'GET',
      url: new URL('/missing', url),
      headers: {},
      advice,
      receive,
    });
    assert.deepEqual([missing.text, read], ['contents', 'contents']);
    // One that stops reading gets its error back, and holds nothing.
    const stops = exchange({
      ...{ method: 'GET', url, headers: {}, advice },
      receive: async () => {
        throw new Error('the disk is full');
      },
    });
    await assert.rejects(stops, /did not answer: the disk is full/);
  });
});

test('a client connects to the addresses that it is allowed only', async (t) => {
  const url = await serverThat(t, (_, response) => response.end());
  const client = new HttpClient({ silenceMs: 1_000, allows: (address) => address === '192.0.2.1' });
  const byAddress = new URL(`http://127.0.0.1:${url.port}/`);
  const byBrackets = new URL(`http://[::1]:${url.port}/`);
  for (const each of [url, byAddress, byBrackets])
    await assert.rejects(client.send(each, { method: 'GET' }), AddressRefused, each.href);
  await client.close();
  // A client that was never used has nothing to close.
  await new HttpClient({ silenceMs: 1_000 }).close();
});
