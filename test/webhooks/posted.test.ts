import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createSender } from '../../src/webhooks/sender.ts';

test('an event is posted, and a sender can be closed whether it was used or not', async () => {
  const methods: unknown[] = [];
  const server = createServer((request, response) => {
    methods.push(request.method);
    request.resume().on('end', () => response.end('ok'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = createSender({ timeout: 5_000, allowPrivate: true });
  const sent = await sender.send({
    url: `http://127.0.0.1:${port}/`,
    contentType: 'application/json',
    secret: null,
    event: 'create_task',
    delivery: '1',
    objectId: 1,
    resourceUrl: 'http://x/1',
  });
  assert.deepEqual([sent.http, methods], [200, ['POST']]);
  await sender.close();
  await new Promise((closed) => server.close(closed));
  await createSender({ timeout: 5_000, allowPrivate: true }).close();
});
