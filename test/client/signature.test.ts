import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSigned } from '../../client/src/signature.ts';

const secret = 'good news everyone';
const body = 'id=7&resource_url=http%3A%2F%2Flocalhost';
const hmac = (algorithm: string, of = body, by = secret) =>
  createHmac(algorithm, by).update(of).digest('hex');
const told = (headers: Readonly<Record<string, string>>, of = body, by = secret) =>
  isSigned({ body: of, headers: new Headers(headers) }, by);

test('a right signature, by either header, with its prefix or without, in either case', async () => {
  assert.equal(await told({ 'X-Hub-Signature-256': `sha256=${hmac('sha256')}` }), true);
  assert.equal(await told({ 'X-Hub-Signature': `sha1=${hmac('sha1')}` }), true);
  assert.equal(await told({ 'X-Hub-Signature': hmac('sha1').toUpperCase() }), true);
});

test('another body, another secret, none', async () => {
  const signed = { 'X-Hub-Signature-256': `sha256=${hmac('sha256')}` };
  assert.equal(await told(signed, `${body}&more=1`), false);
  assert.equal(await told(signed, body, 'bad news'), false);
  assert.equal(await told({ 'X-Hub-Signature-256': `sha256=${hmac('sha256', body, ' ')}` }, body, ''), false);
  assert.equal(await told({}), false);
});

test('what is no signature, and a weak one beside a wrong one', async () => {
  for (const text of ['', 'sha256=', 'sha256=xyz', 'sha256=abc', `sha1=${hmac('sha1')}`, 'sha256=00'])
    assert.equal(await told({ 'X-Hub-Signature-256': text }), false, text);
  const both = {
    'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}`,
    'X-Hub-Signature': `sha1=${hmac('sha1')}`,
  };
  assert.equal(await told(both), false);
});

test('the headers of Node', async () => {
  const named = (headers: Readonly<Record<string, string | readonly string[] | undefined>>) =>
    isSigned({ body, headers }, secret);
  const right = `sha256=${hmac('sha256')}`;
  assert.equal(await named({ 'x-hub-signature-256': right, get: 'x' }), true);
  assert.equal(await named({ 'x-hub-signature-256': [right, right] }), false);
  assert.equal(await named({ get: right }), false);
});
