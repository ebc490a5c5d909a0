import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { exchange } from '../../src/http/exchange.ts';

test('an answer that never comes to an end is given up', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  try {
    await assert.rejects(exchange({ method: 'GET', url, headers: {}, advice: '', within: 300 }), {
      name: 'Failure',
      message: /did not answer: no whole answer within 0\.3 s/,
    });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
