import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { isPublic } from '../../src/identity/address.ts';
import { readConfig } from '../../src/server/config.ts';
import type { DeliveryMessage } from '../../src/webhooks/message.ts';
import { createSender, deliveryBody } from '../../src/webhooks/sender.ts';
import { ok, type Receiver, startReceiver } from '../harness/receiver.ts';

let receiver: Receiver;
before(async () => {
  receiver = await startReceiver();
});
after(() => receiver.stop());
afterEach(() => {
  receiver.answer = ok;
});

const to = (url: string): DeliveryMessage => ({
  url,
  contentType: 'application/json',
  secret: null,
  event: 'create_task',
  delivery: '1',
  objectId: 1,
  resourceUrl: 'http://x.api.localhost/api/v0/tasks/1',
});

/** A resolver that says what it is told, one answer a question. */
const resolver = (...answers: readonly (readonly string[])[]): LookupFunction => {
  let asked = 0;
  return (_, options, callback) => {
    const found = (answers[asked++] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
};

test('a name that resolves to what is not public is not connected to', async () => {
  for (const address of [
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    'fe80::1',
  ]) {
    const sender = createSender({ timeout: 1_000, allowPrivate: false, lookup: resolver([address]) });
    const sent = await sender.send(to(`http://hooks.example:${receiver.port}/`));
    assert.match(sent.problem ?? '', /no public address/, address);
    await sender.close();
  }
  assert.equal(receiver.arrived.length, 0);
});

test('a name is asked for at each connection, and what it said before does not count', async () => {
  // 192.0.2.0/24 would be public but for its purpose; 203.0.113.1 too. A public address that nobody answers at is timed out.
  const sender = createSender({
    timeout: 300,
    allowPrivate: false,
    lookup: resolver(['93.184.215.14'], ['127.0.0.1'], ['127.0.0.1', '::1']),
  });
  const url = `http://rebinding.example:${receiver.port}/`;
  const first = await sender.send(to(url));
  assert.equal(first.http, null);
  assert.doesNotMatch(first.problem ?? '', /no public address/);
  for (let tries = 0; tries < 2; tries++)
    assert.match((await sender.send(to(url))).problem ?? '', /no public address/);
  assert.equal(receiver.arrived.length, 0);
  await sender.close();
});

test('a sandbox posts to the machine itself, and to nothing else that is not public', async () => {
  const options = { timeout: 1_000, allowPrivate: false, allowLoopback: true };
  for (const [address, reached] of [
    ['127.0.0.1', true],
    ['10.0.0.1', false],
    ['169.254.169.254', false],
    ['fd00::1', false],
  ] as const) {
    const sender = createSender({ ...options, lookup: resolver([address]) });
    const { http, problem } = await sender.send(to(`http://hooks.example:${receiver.port}/`));
    if (reached) assert.equal(http, 200);
    else assert.match(problem ?? '', /no public address/, address);
    await sender.close();
  }
  const sender = createSender(options);
  assert.equal((await sender.send(to(`http://127.0.0.1:${receiver.port}/`))).http, 200);
  assert.match((await sender.send(to('http://169.254.169.254/'))).problem ?? '', /no public address/);
  await sender.close();
});

test('allowed by the operator, it is', async () => {
  const sender = createSender({ timeout: 1_000, allowPrivate: true, lookup: resolver(['127.0.0.1']) });
  assert.equal((await sender.send(to(`http://hooks.example:${receiver.port}/`))).http, 200);
  await sender.close();
});

test('nothing that a URL or a receiver does makes it throw', async () => {
  const sender = createSender({ timeout: 300, allowPrivate: true });
  for (const url of [
    'nonsense',
    'ftp://example.com/',
    'http://127.0.0.1:1/',
    `http://127.0.0.1:${receiver.port}/\n`,
  ])
    assert.equal(typeof (await sender.send(to(url))).ms, 'number');
  receiver.answer = (response) => response.socket?.destroy();
  assert.equal((await sender.send(to(receiver.url))).http, null);
  receiver.answer = (response) => void response.socket?.end('HTTP/1.1 nonsense\r\n\r\n');
  assert.equal((await sender.send(to(receiver.url))).http, null);
  receiver.answer = () => {};
  assert.match((await sender.send(to(receiver.url))).problem ?? '', /no answer within 300 ms/);
  await sender.close();
});

test('the body is a form or JSON, and signed as it is sent', async () => {
  const sender = createSender({ timeout: 2_000, allowPrivate: true });
  const message = { ...to(`${receiver.url}/hook?x=1`), secret: 'good news' };
  for (const [contentType, body] of [
    ['application/json', '{"id":"1","resource_url":"http://x.api.localhost/api/v0/tasks/1"}'],
    [
      'application/x-www-form-urlencoded',
      'id=1&resource_url=http%3A%2F%2Fx.api.localhost%2Fapi%2Fv0%2Ftasks%2F1',
    ],
  ] as const) {
    assert.equal(deliveryBody({ ...message, contentType }), body);
    const sent = await sender.send({ ...message, contentType });
    assert.deepEqual([sent.http, sent.problem], [200, null]);
    const one = receiver.arrived.at(-1);
    assert.deepEqual([one?.path, String(one?.body)], ['/hook?x=1', body]);
    const signed = (algorithm: string): string =>
      `${algorithm}=${createHmac(algorithm, 'good news').update(body).digest('hex')}`;
    assert.equal(one?.headers['content-type'], contentType);
    assert.equal(one?.headers['user-agent'], 'Accord-Webhooks');
    assert.equal(one?.headers['x-accelo-event'], 'create_task');
    assert.equal(one?.headers['x-accelo-delivery'], '1');
    assert.equal(one?.headers['x-hub-signature'], signed('sha1'));
    assert.equal(one?.headers['x-hub-signature-256'], signed('sha256'));
  }
  await sender.send(to(receiver.url));
  assert.equal(receiver.arrived.at(-1)?.headers['x-hub-signature'], undefined);
  await sender.close();
});

test('each status is told as it is, and a redirect is not followed', async () => {
  const sender = createSender({ timeout: 2_000, allowPrivate: true });
  for (const status of [204, 307, 404, 410, 500]) {
    const before = receiver.arrived.length;
    receiver.answer = (response) => response.writeHead(status, { Location: '/elsewhere' }).end();
    const sent = await sender.send(to(receiver.url));
    assert.deepEqual([sent.http, sent.problem, receiver.arrived.length], [status, null, before + 1]);
  }
  await sender.close();
});

test('posts to one host do not wait for one another', async () => {
  const sender = createSender({ timeout: 20_000, allowPrivate: true });
  const held: ServerResponse[] = [];
  receiver.answer = (response, { path }) => (path === '/slow' ? void held.push(response) : ok(response));
  const before = receiver.arrived.length;
  const slow = Array.from({ length: 40 }, () => sender.send(to(`${receiver.url}/slow`)));
  await receiver.until(before + 40);
  assert.equal((await sender.send(to(`${receiver.url}/fast`))).http, 200);
  for (const response of held) ok(response);
  for (const { http } of await Promise.all(slow)) assert.equal(http, 200);
  await sender.close();
});

test('the time an answer takes is told, and its body counts for nothing', async () => {
  const sender = createSender({ timeout: 5_000, allowPrivate: true });
  receiver.answer = (response) => void setTimeout(() => ok(response), 60);
  const { ms } = await sender.send(to(receiver.url));
  assert.ok(Number.isInteger(ms) && ms >= 50 && ms < 5_000, `${ms}`);
  let written = 0;
  receiver.answer = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => {
      written += 10_000;
      response.write('x'.repeat(10_000));
    }, 2);
    response.on('close', () => clearInterval(timer));
  };
  const flood = await sender.send(to(receiver.url));
  assert.deepEqual([flood.http, flood.problem], [200, null]);
  assert.ok(flood.ms < 900, `${flood.ms} ms, ${written} bytes`);
  receiver.answer = (response) => void response.writeHead(200).write('x');
  const endless = await sender.send(to(receiver.url));
  assert.equal(endless.http, 200);
  assert.ok(endless.ms >= 900 && endless.ms < 4_000, `${endless.ms} ms`);
  await sender.close();
});

test('an address that is not public is not connected to, written as it may be', async () => {
  const sender = createSender({ timeout: 1_000, allowPrivate: false });
  const before = receiver.arrived.length;
  for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433']) {
    const { http, problem } = await sender.send(to(`http://${host}:${receiver.port}/`));
    assert.deepEqual(
      [http, problem],
      [null, 'its host has no public address (--webhook-allow-private)'],
      host,
    );
  }
  assert.equal(receiver.arrived.length, before);
  await sender.close();
});

test('what kept it from arriving is told in a few words', async () => {
  const failing =
    (error: Error): LookupFunction =>
    (_, __, callback) =>
      callback(error, []);
  const nowhere = createSender({
    timeout: 1_000,
    allowPrivate: false,
    lookup: failing(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
  });
  assert.deepEqual((await nowhere.send(to('http://hooks.example/'))).problem, 'ENOTFOUND');
  await nowhere.close();
  const wordy = createSender({
    timeout: 1_000,
    allowPrivate: true,
    lookup: failing(new Error('y'.repeat(500))),
  });
  assert.equal((await wordy.send(to('http://hooks.example/'))).problem, 'y'.repeat(200));
  await wordy.close();
  const refused = createSender({ timeout: 1_000, allowPrivate: true });
  assert.equal((await refused.send(to('http://127.0.0.1:1/'))).problem, 'ECONNREFUSED');
  await refused.close();
  const unused = createSender({ timeout: 1_000, allowPrivate: true });
  await unused.close();
});

test('of several addresses only the public ones are connected to', async () => {
  const asked: unknown[] = [];
  const sender = createSender({
    timeout: 400,
    allowPrivate: false,
    lookup: (_, options, callback) => {
      asked.push(options.all);
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '93.184.215.14', family: 4 },
      ]);
    },
  });
  const before = receiver.arrived.length;
  const { problem } = await sender.send(to(`http://hooks.example:${receiver.port}/`));
  assert.doesNotMatch(problem ?? '', /no public address/);
  assert.deepEqual([asked, receiver.arrived.length], [[true], before]);
  await sender.close();
});

test('public addresses, and those that are not', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '93.184.215.14', '2606:4700::1111', '2a00:1450::1'])
    assert.ok(isPublic(address), address);
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:8.8.8.8',
    '64:ff9b::808:808',
    '2002:7f00:1::',
    '2001::1',
    'fc00::1',
    'fe80::1',
    'fe80::1%lo',
    'fec0::1',
    'ff02::1',
    '5f00::1',
    'example.com',
    '',
  ])
    assert.ok(!isPublic(address), address);
});

test('the operator allows private addresses by a flag or a variable, and a bad one stops the start', () => {
  const allowed = (flags: Record<string, boolean>, value?: string): boolean =>
    readConfig(flags, { ACCORD_WEBHOOK_ALLOW_PRIVATE: value }).webhookAllowPrivate;
  assert.ok(!allowed({}));
  assert.ok(!allowed({}, '0'));
  assert.ok(allowed({ 'webhook-allow-private': true }));
  assert.ok(allowed({}, 'yes'));
  assert.throws(() => allowed({}, 'maybe'), /ACCORD_WEBHOOK_ALLOW_PRIVATE is "maybe"/);
});
