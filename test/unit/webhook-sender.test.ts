import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { after, before, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { createSender } from '../../src/events/delivery/sender.ts';
import { isPublic } from '../../src/identity/address.ts';
import type { Message } from '../../src/request/world.ts';
import { type Receiver, startReceiver } from '../receiver.ts';

let receiver: Receiver;
before(async () => {
  receiver = await startReceiver();
});
after(() => receiver.stop());

const to = (url: string): Message => ({
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
