import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get, METHODS } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { answerOf, bodyOf, type Echoing, echoing } from '../harness/echo-server.ts';

const head = (line: string, ...headers: string[]) =>
  [line, 'Host: a.api.localhost', ...headers, '', ''].join('\r\n');
const last = 'Connection: close';
const json = { 'content-type': 'application/json' };
const alive = async (server: Echoing) => assert.equal((await server.ask('/alive')).path, '/alive');

test('header names keep their written case, and every answer has its length', async (t) => {
  const server = await echoing(t);
  const said = await server.raw(head('GET /a?b=c HTTP/1.1', last));
  assert.match(said, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(said, /\r\nX-RateLimit-Limit: 5000\r\n/);
  assert.match(said, /\r\nContent-Type: application\/json; charset=utf-8\r\n/);
  assert.match(said, /\r\nDate: /);
  const length = Number(/\r\nContent-Length: (\d+)\r\n/.exec(said)?.[1]);
  assert.equal(length, said.length - said.indexOf('\r\n\r\n') - 4);
  assert.doesNotMatch(said, /Strict-Transport-Security/);
  assert.deepEqual(bodyOf(said).query, { b: 'c' });
});

test('every path and every method arrives as it was sent', async (t) => {
  const server = await echoing(t);
  for (const method of METHODS) {
    if (method === 'CONNECT' || method === 'HEAD') continue;
    const read = await server.ask('/x/%2e%2e/y?a=1', {
      method,
      body: 'b=2',
      headers: { 'content-length': '3' },
    });
    assert.deepEqual(
      [read.wrote, read.path, read.query, read.body],
      [method, '/x/%2e%2e/y', { a: '1' }, { b: '2' }],
    );
  }
  for (const path of ['/', '//', '/%zz', '/a//b;c', '/*', '/:id', '/a?', '/constructor', '/__proto__']) {
    const read = await server.ask(path);
    assert.equal(read.path, path.replace('?', ''));
  }
  assert.equal((await server.ask('*', { method: 'OPTIONS' })).path, '*');
});

test('a body is read on every method, chunked too', async (t) => {
  const server = await echoing(t);
  for (const method of ['GET', 'DELETE', 'PUT', 'POST', 'OPTIONS', 'PATCH']) {
    const read = await server.ask('/a', {
      method,
      headers: { ...json, 'content-length': 11 },
      body: '{"a":["1"]}',
    });
    assert.deepEqual(read.body, { a: ['1'] }, method);
    const chunked = await server.ask('/a', {
      method,
      headers: { ...json, 'transfer-encoding': 'chunked' },
      body: '{"a":"1"}',
    });
    assert.deepEqual(chunked.body, { a: '1' }, method);
  }
});

test('a body in another transfer encoding is refused, not read as if it had none', async (t) => {
  const server = await echoing(t);
  const said = await server.raw(
    `${head('POST /a HTTP/1.1', 'Transfer-Encoding: gzip, chunked', last)}3\r\na=1\r\n0\r\n\r\n`,
  );
  assert.match(bodyOf(said).malformed ?? '', /transfer encodings/);
});

test('a content type without a body, with and without Content-Length: 0', async (t) => {
  const server = await echoing(t);
  for (const type of [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense;;',
  ]) {
    for (const lines of [[`Content-Type: ${type}`], [`Content-Type: ${type}`, 'Content-Length: 0']]) {
      const said = await server.raw(head('POST /a HTTP/1.1', ...lines, last));
      assert.equal(bodyOf(said).malformed, undefined, `${type} ${lines.length}`);
    }
  }
});

test('HEAD has the headers of GET and no body', async (t) => {
  const server = await echoing(t);
  const said = await server.raw(head('HEAD /a HTTP/1.1', last));
  assert.match(said, /\r\nContent-Length: [1-9]\d+\r\n/);
  assert.equal(said.endsWith('\r\n\r\n'), true);
  const long = await server.raw(`${head('HEAD /a HTTP/1.1', 'Content-Length: 2000000')}x`);
  assert.match(long, /^HTTP\/1\.1 400 /);
  assert.equal(long.endsWith('\r\n\r\n'), true);
});

test('what is not HTTP gets the answer made for it', async (t) => {
  const server = await echoing(t);
  const cases: [string | Buffer, RegExp][] = [
    [head('BREW /pot HTTP/1.1'), /method/],
    ['\0\u0001\u0002\u0003\r\n\r\n', /method|HTTP/],
    ['GET / HTTP/9.9\r\n\r\n', /HTTP/],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /HTTP/],
    [head('GET / HTTP/1.1', 'Bad Header: x'), /HTTP/],
    [head('GET / HTTP/1.1', 'X: a\u0001b'), /HTTP/],
    [head('POST / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'), /HTTP/],
    [head('POST / HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked'), /HTTP/],
    [head('POST / HTTP/1.1', 'Content-Length: -1'), /HTTP/],
    [head('GET / HTTP/1.1', `X: ${'x'.repeat(60_000)}`), /too long/],
    [head(`GET /${'x'.repeat(60_000)} HTTP/1.1`), /too long/],
    [head('GET / HTTP/1.1', ...Array.from({ length: 9000 }, (_, at) => `X${at}: 1`)), /too long/],
    ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', /proxy/],
    [Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]), /method|HTTP/],
  ];
  for (const [bytes, reason] of cases) {
    const said = await server.raw(bytes);
    const label = String(bytes).slice(0, 50);
    assert.match(said, /^HTTP\/1\.1 400 Bad Request\r\n/, label);
    assert.match(said, /\r\nX-RateLimit-Limit: 5000\r\n/, label);
    assert.match(said, /\r\nConnection: close\r\n/, label);
    assert.equal(said.split('HTTP/1.1 400').length, 2, label);
    assert.match(bodyOf(said).unreadable ?? '', reason, label);
  }
  await alive(server);
});

test('a URL past its own limit is still a request', async (t) => {
  const server = await echoing(t);
  const read = await server.ask(`/a.xml?_suppress_meta=1&x=${'x'.repeat(20_000)}`);
  assert.match(read.malformed ?? '', /URL is longer/);
  assert.equal(read.presentation.format, 'xml');
  assert.equal(read.presentation.suppressMeta, true);
});

test('a missing or repeated Host is told', async (t) => {
  const server = await echoing(t);
  assert.match(
    bodyOf(await server.raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).malformed ?? '',
    /Host/,
  );
  assert.match(bodyOf(await server.raw(head('GET / HTTP/1.1', 'Host: b', last))).malformed ?? '', /Host/);
  assert.match(bodyOf(await server.raw('GET /\r\n\r\n')).malformed ?? '', /Host/);
  const old = bodyOf(await server.raw('GET /old HTTP/1.0\r\n\r\n'));
  assert.deepEqual([old.malformed, old.host, old.path], [undefined, `127.0.0.1:${server.port}`, '/old']);
});

test('a body past the limit is answered, and the answer arrives', async (t) => {
  const server = await echoing(t, { bodyLimit: 1000, uploadLimit: 3000 });
  const big = Buffer.alloc(400_000, 'x');
  const declared = await server.ask('/a.yaml?_suppress_meta=1', { method: 'POST', body: big });
  assert.equal(declared.malformed, 'the body is larger than 1000 bytes');
  assert.equal(declared.presentation.format, 'yaml');
  assert.equal(declared.presentation.suppressMeta, true);
  const chunked = { 'transfer-encoding': 'chunked' };
  assert.match(
    (await server.ask('/a', { method: 'POST', headers: chunked, body: big })).malformed ?? '',
    /larger than 1000/,
  );
  assert.equal(
    (await server.ask('/a', { method: 'POST', headers: chunked, body: `a=${'x'.repeat(998)}` })).malformed,
    undefined,
  );
  const upload = { 'content-type': 'Multipart/Form-Data ; boundary=xx' };
  const text = (size: number) =>
    `--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n${'x'.repeat(size)}\r\n--xx--`;
  assert.equal(
    (await server.ask('/a', { method: 'POST', headers: upload, body: text(2000) })).malformed,
    undefined,
  );
  assert.match(
    (await server.ask('/a', { method: 'POST', headers: upload, body: text(3000) })).malformed ?? '',
    /larger than 3000/,
  );
  const said = await server.raw(`${head('POST /a HTTP/1.1', 'Content-Length: 5000000')}only this`);
  assert.match(said, /^HTTP\/1\.1 400 [\s\S]*\r\nConnection: close\r\n/);
  await alive(server);
});

test('slow callers are answered and let go', { timeout: 60_000 }, async (t) => {
  const server = await echoing(t, { headersTimeout: 150, requestTimeout: 300 });
  const slow = async (bytes: string | string[]) => {
    const said = await server.raw(bytes);
    assert.match(said, /^HTTP\/1\.1 400 /);
    assert.equal(said.split('HTTP/1.1').length, 2);
    return bodyOf(said);
  };
  assert.match((await slow('GET / HTTP/1.1\r\nHost: a')).unreadable ?? '', /in time/);
  assert.match((await slow('')).unreadable ?? '', /in time/);
  const body = await slow(`${head('POST /slow?_suppress_meta=1 HTTP/1.1', 'Content-Length: 10')}a=1`);
  assert.match(body.malformed ?? '', /in time/);
  assert.equal(body.presentation.suppressMeta, true);
  const chunked = await slow([head('POST /slow HTTP/1.1', 'Transfer-Encoding: chunked'), '3\r\na=1\r\n']);
  assert.match(chunked.malformed ?? '', /in time/);
  await alive(server);
});

test('an upload may take longer than another body, and is answered when it breaks off', async (t) => {
  const server = await echoing(t, { headersTimeout: 150, requestTimeout: 300, uploadTimeout: 900 });
  const type = 'Content-Type: multipart/form-data; boundary=xx';
  const field = '--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n';
  const upload = (length: number) => head('POST /slow HTTP/1.1', type, `Content-Length: ${length}`);
  const pieces = Array.from({ length: 100 }, () => 'x');
  const end = '\r\n--xx--\r\n';
  const body = [field, ...pieces, end];
  const started = performance.now();
  const last = head('GET /last HTTP/1.1', 'Connection: close');
  const said = await server.raw([upload(body.join('').length), ...body, last]);
  assert.ok(performance.now() - started > 400);
  assert.match(said, /"a":"x{100}"/);
  const never = await server.raw([upload(5_000), field]);
  assert.match(bodyOf(never).malformed ?? '', /in time/);
  const cut = await server.raw([upload(5_000), field], true);
  assert.match(bodyOf(cut).malformed ?? '', /ends too early/);
  await alive(server);
});

test('a caller that closes its half is answered all the same', async (t) => {
  const slowly = await echoing(t, {}, async (received) => {
    await wait(50);
    return answerOf(JSON.stringify({ path: received.path }));
  });
  assert.equal(bodyOf(await slowly.raw(head('GET /half HTTP/1.1'), true)).path, '/half');
  const server = await echoing(t);
  const cut = await server.raw(`${head('POST /cut HTTP/1.1', 'Content-Length: 10')}a=1`, true);
  assert.match(bodyOf(cut).malformed ?? '', /ends too early/);
  assert.match(bodyOf(await server.raw('GET /cut HTT', true)).unreadable ?? '', /too early/);
  assert.match(
    bodyOf(await server.raw([head('POST /cut HTTP/1.1', 'Transfer-Encoding: chunked'), 'zz\r\n']))
      .malformed ?? '',
    /HTTP/,
  );
});

test('pipelined requests are answered in order, and garbage after them last', async (t) => {
  const server = await echoing(t, {}, async ({ path }) => {
    await wait(path === '/1' ? 80 : 5);
    return answerOf(JSON.stringify({ path }));
  });
  const said = await server.raw(`${head('GET /1 HTTP/1.1')}${head('GET /2 HTTP/1.1')}BREW !\r\n\r\n`);
  assert.deepEqual(
    [...said.matchAll(/"path":"(.*?)"|"unreadable":"(.*?)"/g)].map((found) => found[1] ?? 'unreadable'),
    ['/1', '/2', 'unreadable'],
  );
});

test('garbage on a connection that has been answered is answered too', async (t) => {
  const server = await echoing(t);
  const said = await server.raw([head('GET /1 HTTP/1.1'), 'BREW !\r\n\r\n', 'and more', 'and more']);
  assert.deepEqual(
    [...said.matchAll(/HTTP\/1\.1 (\d+)/g)].map((found) => found[1]),
    ['200', '400'],
  );
});

test('Expect: 100-continue is kept, other expectations are ignored', async (t) => {
  const server = await echoing(t);
  const said = await server.raw([
    head('POST /a HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 3', last),
    'a=1',
  ]);
  assert.match(said, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  assert.deepEqual(bodyOf(said.slice(said.indexOf('HTTP/1.1 200'))).body, { a: '1' });
  const refused = await server.raw(
    head('POST /a HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 9000000'),
  );
  assert.match(refused, /^HTTP\/1\.1 400 /);
  assert.match(bodyOf(refused).malformed ?? '', /larger/);
  assert.match(await server.raw(head('GET /a HTTP/1.1', 'Expect: miracles', last)), /^HTTP\/1\.1 200 /);
});

test('an upgrade that nobody offers is an ordinary request', async (t) => {
  const server = await echoing(t);
  const said = await server.raw(head('GET /a HTTP/1.1', 'Upgrade: websocket', 'Connection: upgrade, close'));
  assert.equal(bodyOf(said).path, '/a');
});

test('repeated headers are one text', async (t) => {
  const server = await echoing(t);
  const said = await server.raw(
    head(
      'GET /a HTTP/1.1',
      'Authorization: Bearer a',
      'Authorization: Bearer b',
      'Set-Cookie: a',
      'Set-Cookie: b',
      last,
    ),
  );
  const { headers } = bodyOf(said);
  assert.equal(headers.authorization, 'Bearer a, Bearer b');
  assert.equal(headers['set-cookie'], 'a, b');
});

test('callers that go away in the middle harm nobody', async (t) => {
  let started = 0;
  const server = await echoing(t, {}, async () => {
    started++;
    await wait(60);
    return answerOf('{}');
  });
  for (const bytes of [head('GET /a HTTP/1.1'), `${head('POST /a HTTP/1.1', 'Content-Length: 9')}a`, 'GET']) {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(bytes);
    await wait(30);
    socket.resetAndDestroy();
  }
  await wait(100);
  assert.equal(started, 1);
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/`)).status, 200);
});

test('a fault in the program is a server error, and the next request is answered', async (t) => {
  const server = await echoing(t, {}, async ({ path }) => {
    if (path === '/fault') throw new Error('a fault');
    return { ...answerOf('{}'), headers: [['X-Status-Reason', 'a\r\nSet-Cookie: b\u2028é']] };
  });
  assert.match(
    await server.raw(head('GET /fault HTTP/1.1')),
    /^HTTP\/1\.1 500 [\s\S]*\r\nX-Status: server_error\r\n/,
  );
  const said = await server.raw(head('GET /a HTTP/1.1', last));
  assert.match(said, /^HTTP\/1\.1 200 [\s\S]*\r\nX-Status-Reason: a\?\?Set-Cookie: b\?\xe9\r\n/);
});

test('bodies of bytes, of text beyond ASCII, and none', async (t) => {
  const server = await echoing(t, {}, async ({ path }) => {
    const answer = answerOf(path === '/text' ? 'é😀' : '');
    if (path === '/bytes') return { ...answer, type: 'image/png', body: new Uint8Array([0, 255, 13, 10]) };
    return path === '/none' ? { ...answer, http: 204 } : answer;
  });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return [
      answer.status,
      answer.headers.get('content-length'),
      Buffer.from(await answer.arrayBuffer()).toString('hex'),
    ];
  };
  assert.deepEqual(await get('/bytes'), [200, '4', '00ff0d0a']);
  assert.deepEqual(await get('/text'), [200, '6', Buffer.from('é😀').toString('hex')]);
  assert.deepEqual(await get('/empty'), [200, '0', '']);
  assert.deepEqual(await get('/none'), [204, null, '']);
});

test('close finishes what is in flight and ends what is idle', async (t) => {
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const server = await echoing(t, { grace: 60_000 }, async ({ path }) => {
    await wait(path === '/slow' ? 200 : 0);
    return answerOf(`{"path":"${path}"}`);
  });
  const ask = (path: string) =>
    new Promise<[string | undefined, string]>((resolve, reject) => {
      get({ port: server.port, host: '127.0.0.1', path, agent }, (response) => {
        response.setEncoding('utf8');
        let body = '';
        response
          .on('data', (chunk) => (body += chunk))
          .on('end', () => resolve([response.headers.connection, body]));
      }).on('error', reject);
    });
  assert.deepEqual(await ask('/idle'), ['keep-alive', '{"path":"/idle"}']);
  const silent = connect(server.port, '127.0.0.1');
  silent.on('error', () => {});
  const slow = ask('/slow');
  await wait(50);
  const started = performance.now();
  const closing = server.close();
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/late`));
  assert.deepEqual(await slow, ['close', '{"path":"/slow"}']);
  await closing;
  const took = performance.now() - started;
  assert.ok(took > 100 && took < 50_000, `${took} ms`);
});

test('close cuts off what outlasts the grace time', async (t) => {
  const server = await echoing(t, { grace: 100 }, () => new Promise(() => {}));
  const lost = assert.rejects(fetch(`http://127.0.0.1:${server.port}/endless`));
  await wait(50);
  await server.close();
  await lost;
});

test('localhost is every loopback address of that name; a taken port is an error', async (t) => {
  const { serve } = await import('../../src/request/01-transport/http.ts');
  const build = () =>
    serve(
      { trustedProxies: [] },
      async () => answerOf('{}'),
      () => answerOf('{}', 400),
    );
  const first = build();
  t.after(() => first.close());
  const { port, host } = await first.listen(0, 'localhost');
  assert.equal(host, 'localhost');
  assert.equal((await fetch(`http://localhost:${port}/`)).status, 200);
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  const second = build();
  t.after(() => second.close());
  await assert.rejects(second.listen(port, '127.0.0.1'), { code: 'EADDRINUSE' });
  assert.throws(
    () =>
      serve(
        { trustedProxies: ['nonsense'] },
        async () => answerOf('{}'),
        () => answerOf('{}'),
      ),
    /nonsense/,
  );
});

function certificate(t: TestContext): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'accord-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ];
  execFileSync('openssl', [...request, '-days', '2', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

test('TLS: https, and Strict-Transport-Security on every answer', async (t) => {
  const server = await echoing(t, { tls: certificate(t) });
  const ask = (path: string, method = 'GET') =>
    new Promise<[string[], string]>((resolve, reject) => {
      const options = {
        port: server.port,
        host: '127.0.0.1',
        path,
        method,
        rejectUnauthorized: false,
        agent: false,
      } as const;
      secureRequest(options, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk)).on('end', () => resolve([response.rawHeaders, body]));
      })
        .on('error', reject)
        .end();
    });
  const [headers, body] = await ask('/a');
  assert.equal((JSON.parse(body) as { https: boolean }).https, true);
  assert.equal(headers[headers.indexOf('Strict-Transport-Security') + 1], 'max-age=31536000');
  // Plain HTTP on the same port cannot be answered; it must not hang either.
  assert.doesNotMatch(await server.raw(head('GET /plain HTTP/1.1')), /HTTP|json/);
  await ask('/again');
});

test('a trusted proxy may say that it was https', async (t) => {
  const server = await echoing(t, { trustedProxies: ['127.0.0.0/8'] });
  const said = await server.raw(
    head('GET /a HTTP/1.1', 'X-Forwarded-Proto: https', 'X-Forwarded-For: 203.0.113.9', last),
  );
  assert.match(said, /\r\nStrict-Transport-Security: max-age=31536000\r\n/);
  assert.equal(bodyOf(said).address, '203.0.113.9');
});

test('whatever bytes come, there is an answer or an end', async (t) => {
  const server = await echoing(t, { headersTimeout: 100, requestTimeout: 100 });
  const pieces = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'POST /a?b HTTP/1.1\r\n',
    'Host: a\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Content-Type: application/json\r\n',
    '\r\n',
    '5\r\n',
    'a=1',
    '{"a":1}',
    '0\r\n\r\n',
    ' ',
    ':',
    'Expect: 100-continue\r\n',
    'Connection: close\r\n',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 80 }).map((array) => Buffer.from(array)),
    fc.array(pieces, { minLength: 1, maxLength: 12 }).map((array) => Buffer.from(array.join(''))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 24, maxLength: 24 }), async (batch) => {
      const said = await Promise.all(
        batch.map((piece) => server.raw(piece, true).catch((error: Error) => error.message)),
      );
      // A lost connection is an end; five seconds of silence would not be.
      for (const text of said) assert.match(text, /^(?:HTTP\/1\.1 [1-5]\d\d |$)/);
    }),
    { numRuns: 12 },
  );
  await alive(server);
});
