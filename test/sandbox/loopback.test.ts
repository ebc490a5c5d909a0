import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { sample } from '../../src/sample/sample.ts';
import { serveSample } from '../sample/served.ts';

test('a sandbox takes subscriptions of the machine itself, posts to them, and takes no other private address', async () => {
  const { server } = await serveSample();
  const arrived = Promise.withResolvers<string>();
  const receiver = createServer((request, response) => {
    response.end();
    arrived.resolve(request.method ?? '');
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const { port } = receiver.address() as AddressInfo;
  const post = async (path: string, form: Record<string, string>) => {
    const reply = await fetch(`http://127.0.0.1:${server.port}/api/v0/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${sample.token}` },
      body: new URLSearchParams(form),
    });
    return { http: reply.status, text: await reply.text() };
  };
  const subscribe = (trigger_url: string) =>
    post('webhooks/subscriptions', { trigger_url, event_id: 'create_contact' });
  try {
    for (const host of ['10.0.0.1', '169.254.169.254', '192.168.1.1', '[fd00::1]']) {
      const { http, text } = await subscribe(`http://${host}/hooks`);
      assert.equal(http, 400, host);
      assert.match(text, /its host is not a public one/);
    }
    assert.equal((await subscribe(`http://127.0.0.1:${port}/hooks`)).http, 200);
    assert.equal(
      (await post('contacts', { firstname: 'Kif', surname: 'Kroker', company_id: '1001' })).http,
      200,
    );
    assert.equal(await arrived.promise, 'POST');
  } finally {
    receiver.close();
    receiver.closeAllConnections();
    await server.close();
  }
});
