import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import test from 'node:test';
import fc from 'fast-check';
import { parseRanges } from '../../src/identity/address.ts';
import { type Raw, receive } from '../../src/request/01-transport/receive.ts';
import type { Received } from '../../src/request/01-transport/received.ts';
import { freshId } from '../../src/request/01-transport/request-id.ts';
import { cpuMsOf } from '../harness/cpu-time.ts';

type Given = Omit<Partial<Raw>, 'body'> & {
  body?: string | Buffer;
  trusted?: string[];
  from?: string;
  type?: string;
};

function raw({ body = '', type, from = '192.0.2.1', headers = {}, ...rest }: Given): Raw {
  return {
    method: 'GET',
    url: '/api/v0/companies',
    version: '1.1',
    headers: { host: 'planet-express.api.localhost:4280', ...(type && { 'content-type': type }), ...headers },
    connection: { remoteAddress: from, encrypted: false, local: '127.0.0.1:80' },
    at: Date.now(),
    started: performance.now(),
    ...rest,
    body: Buffer.from(body as string),
  };
}

const received = async (given: Given): Promise<Received> =>
  receive(raw(given), parseRanges(given.trusted ?? []));
const bodyGiven = async (type: string | undefined, body: string | Buffer, method = 'POST') =>
  received({ method, body, ...(type !== undefined && { type }) });
const entries = (map: ReadonlyMap<string, unknown>) => Object.fromEntries(map);
const form = 'application/x-www-form-urlencoded';
const json = 'application/json';

test('an ordinary request', async () => {
  const read = await received({ url: '/api/v0/companies/12?_fields=a%2Cb+c&_page=0&empty=&bare' });
  assert.deepEqual(read.segments, ['api', 'v0', 'companies', '12']);
  assert.deepEqual(entries(read.query), { _fields: 'a,b c', _page: '0', empty: '', bare: '' });
  assert.equal(read.path, '/api/v0/companies/12');
  assert.equal(read.method, 'GET');
  assert.equal(read.wrote, 'GET');
  assert.equal(read.head, false);
  assert.equal(read.https, false);
  assert.equal(read.host, 'planet-express.api.localhost:4280');
  assert.equal(read.address, '192.0.2.1');
  assert.equal(read.malformed, undefined);
  assert.equal(read.repeated, undefined);
  assert.deepEqual(read.presentation, {
    format: 'json',
    suppressMessage: false,
    suppressHttpStatus: false,
    suppressMeta: false,
  });
});

test('methods, with and without _method', async () => {
  const chosen = async (given: Given) => {
    const { method, wrote, head } = await received(given);
    return [method, wrote, head];
  };
  assert.deepEqual(await chosen({ method: 'HEAD' }), ['GET', 'HEAD', true]);
  assert.deepEqual(await chosen({ method: 'OPTIONS' }), ['OPTIONS', 'OPTIONS', false]);
  for (const asked of ['get', 'DELETE', 'brew', ''])
    assert.deepEqual(
      await chosen({ method: 'OPTIONS', url: `/a?_method=${asked}` }),
      ['OPTIONS', 'OPTIONS', false],
      asked,
    );
  assert.deepEqual(await chosen({ method: 'PROPFIND' }), [undefined, 'PROPFIND', false]);
  assert.deepEqual(await chosen({ method: 'POST', url: '/a?_method=gEt' }), ['GET', 'gEt', false]);
  assert.deepEqual(await chosen({ method: 'GET', url: '/a?_method=delete' }), ['DELETE', 'delete', false]);
  assert.deepEqual(await chosen({ method: 'PATCH', url: '/a?_method=put' }), ['PUT', 'put', false]);
  assert.deepEqual(await chosen({ method: 'POST', body: '_method=PUT' }), ['PUT', 'PUT', false]);
  assert.deepEqual(await chosen({ method: 'POST', type: json, body: '{"_method":"GET"}' }), [
    'GET',
    'GET',
    false,
  ]);
  for (const [sent, wrote] of [
    ['"brew"', 'brew'],
    ['"options"', 'options'],
    ['["GET"]', '_method'],
    ['1', '1'],
    ['"__proto__"', '__proto__'],
    ['""', ''],
  ]) {
    const body = `{"_method":${sent}}`;
    assert.deepEqual(await chosen({ method: 'POST', type: json, body }), [undefined, wrote, false], sent);
  }
  assert.deepEqual(await chosen({ method: 'HEAD', url: '/a?_method=get' }), ['GET', 'get', true]);
});

test('paths are decoded per segment', async () => {
  const segments = async (url: string) => (await received({ url })).segments;
  assert.deepEqual(await segments('/a%2Fb/%C3%A9/c+d'), ['a/b', 'é', 'c+d']);
  assert.deepEqual(await segments('//a///b/'), ['a', 'b']);
  assert.deepEqual(await segments('/'), []);
  assert.deepEqual(await segments('*'), []);
  assert.deepEqual(await segments('/../.'), ['..', '.']);
  assert.deepEqual(await segments('http://Other.example:80/a/b?c=d'), ['a', 'b']);
  assert.deepEqual(await segments(`/${Buffer.from('é').toString('latin1')}`), ['é']);
  assert.equal((await received({ url: 'http://Other.example:80/a' })).host, 'other.example:80');
  for (const bad of [
    '/%',
    '/%zz',
    '/%C0%AF',
    '/%ed%a0%80',
    '/%ff',
    '/a%00b',
    '/\xff',
    'a/b',
    '/x'.repeat(33),
  ]) {
    const read = await received({ url: `${bad}.xml?_suppress_meta=1` });
    assert.equal(typeof read.malformed, 'string', bad);
    assert.equal(read.misaddressed, read.malformed, bad);
    assert.ok(read.segments.length <= 2, bad);
    assert.equal(read.presentation.suppressMeta, true, bad);
  }
});

test('a URL may be long, not endless', async () => {
  const long = `/api/v0/companies?_filters=id(${'1,'.repeat(7000)}1)`;
  assert.equal((await received({ url: long })).malformed, undefined);
  const tooLong = await received({ url: `/api/v0/a.yaml?_suppress_meta=yes&x=${'x'.repeat(17_000)}` });
  assert.equal(tooLong.malformed, 'the URL is longer than 16384 bytes');
  assert.equal(tooLong.presentation.suppressMeta, true);
  assert.equal(tooLong.presentation.format, 'yaml');
});

test('the suffix chooses the format and leaves the segment', async () => {
  for (const [suffix, format] of Object.entries({
    json: 'json',
    xml: 'xml',
    yaml: 'yaml',
    yml: 'yaml',
    XML: 'xml',
  })) {
    const read = await received({
      url: `/api/v0/companies/12.${suffix}?a=b`,
      headers: { accept: 'application/json' },
    });
    assert.equal(read.presentation.format, format);
    assert.deepEqual(read.segments, ['api', 'v0', 'companies', '12']);
  }
  assert.deepEqual((await received({ url: '/a/b.txt' })).segments, ['a', 'b.txt']);
  assert.deepEqual((await received({ url: '/a.json/b' })).segments, ['a.json', 'b']);
  assert.deepEqual((await received({ url: '/a/.json' })).segments, ['a', '.json']);
  assert.deepEqual((await received({ url: '/a.__proto__' })).segments, ['a.__proto__']);
});

test('Accept and Accept-Type choose among the named types', async () => {
  const chosen = async (headers: Record<string, string>) => (await received({ headers })).presentation.format;
  assert.equal(await chosen({ accept: 'text/html, image/gif, */*; q=0.2' }), 'json');
  assert.equal(await chosen({ accept: 'text/xml' }), 'xml');
  assert.equal(await chosen({ accept: 'Application/XML;q=0.9, application/json' }), 'xml');
  assert.equal(await chosen({ accept: 'application/json, text/xml' }), 'json');
  assert.equal(await chosen({ accept: 'application/xml;q=0, text/x-yaml' }), 'yaml');
  assert.equal(await chosen({ accept: 'application/xml; q=0.0' }), 'json');
  assert.equal(await chosen({ accept: 'application/x-yaml' }), 'yaml');
  assert.equal(await chosen({ accept: '*/*', 'accept-type': 'application/yaml' }), 'yaml');
  assert.equal(await chosen({ 'accept-type': 'text/xml' }), 'xml');
  assert.equal(await chosen({ accept: '__proto__, ;;,=' }), 'json');
});

test('suppression in query or body, with the values 1 and yes only', async () => {
  const { presentation } = await received({
    method: 'POST',
    url: '/a?_suppress_message=1',
    type: json,
    body: '{"_suppress_meta":"yes","_suppress_http_status":1}',
  });
  assert.deepEqual(presentation, {
    format: 'json',
    suppressMessage: true,
    suppressHttpStatus: true,
    suppressMeta: true,
  });
  for (const value of ['0', 'true', 'YES', '', 'no', '01']) {
    assert.equal(
      (await received({ url: `/a?_suppress_meta=${value}` })).presentation.suppressMeta,
      false,
      value,
    );
  }
  const flag = await bodyGiven(json, '{"_suppress_meta":true}');
  assert.equal(flag.presentation.suppressMeta, false);
});

test('the query string: bad encoding, NUL and too many parameters', async () => {
  for (const bad of ['a=%', 'a=%zz', '%=b', 'a=%C0%80', 'a=%00', 'a=\xff']) {
    const read = await received({ url: `/a?${bad}&_suppress_meta=1` });
    assert.match(read.malformed ?? '', /UTF-8/, bad);
    assert.equal(read.presentation.suppressMeta, true);
  }
  const many = (count: number) => Array.from({ length: count }, (_, at) => `a${at}=`).join('&');
  assert.equal((await received({ url: `/a?${many(1000)}` })).malformed, undefined);
  assert.match((await received({ url: `/a?${many(1001)}` })).malformed ?? '', /1000 parameters/);
  assert.match((await bodyGiven(form, many(1001))).malformed ?? '', /1000 parameters/);
  assert.deepEqual(entries((await received({ url: '/a?&&=x&a=b=c&' })).query), { a: 'b=c' });
});

test('a parameter twice is repeated, wherever', async () => {
  assert.equal((await received({ url: '/a?x=1&y=2&x=1' })).repeated, 'x');
  assert.equal((await received({ url: '/a?x=1&%78=1' })).repeated, 'x');
  assert.equal((await bodyGiven(form, 'x=1&x=2')).repeated, 'x');
  assert.equal((await received({ method: 'POST', url: '/a?x=1&z=1', body: 'y=1&x=1' })).repeated, 'x');
  assert.equal(
    (await received({ method: 'POST', url: '/a?x=1', type: json, body: '{"x":1}' })).repeated,
    'x',
  );
  assert.equal((await bodyGiven(json, '{"x":1,"y":{"x":2},"z":["x","x"],"x":3}')).repeated, 'x');
  assert.equal((await bodyGiven(json, '{"x":1,"\\u0078":2}')).repeated, 'x');
  assert.equal((await bodyGiven(json, '{"x":"a\\",\\"x","y":{"a":1,"a":2},"a":"x"}')).repeated, undefined);
});

test('bodies are read by their content type', async () => {
  const body = async (type: string | undefined, text: string | Buffer) => {
    const read = await bodyGiven(type, text);
    assert.equal(read.malformed, undefined);
    return entries(read.body);
  };
  assert.deepEqual(await body(form, 'a=1&b=%C3%A9+x'), { a: '1', b: 'é x' });
  assert.deepEqual(await body(`${form}; charset=UTF-8`, 'a=é'), { a: 'é' });
  assert.deepEqual(await body(undefined, 'a=1'), { a: '1' });
  assert.deepEqual(await body(form, '{}'), {});
  assert.deepEqual(await body(undefined, ' {"a":[1]}'), { a: [1] });
  assert.deepEqual(await body(form, '{a=1'), { '{a': '1' });
  assert.deepEqual(await body(json, '{"a":{"b":[null,true,1.5,"x"]}}'), { a: { b: [null, true, 1.5, 'x'] } });
  assert.deepEqual(await body('Application/JSON;charset="utf-8"', '{"a":"é"}'), { a: 'é' });
  assert.deepEqual(await body('application/vnd.api+json', '{"a":"1"}'), { a: '1' });
  assert.deepEqual(await body(json, '\ufeff{"a":1}'), { a: 1 });
  assert.deepEqual(await body(form, '\ufeffa=1'), { a: '1' });
  assert.deepEqual(await body(json, ' \r\n'), {});
  for (const type of [json, form, 'multipart/form-data', 'text/plain', 'x', `${json}; charset=latin1`]) {
    assert.deepEqual(await body(type, ''), {}, type);
  }
});

test('bodies that cannot be read', async () => {
  const bad: [string, string | Buffer, RegExp][] = [
    [json, '{', /not valid JSON/],
    [json, '{"a":1}}', /not valid JSON/],
    [json, '[1]', /not an object/],
    [json, 'null', /not an object/],
    [json, '"a"', /not an object/],
    [json, '{"a":1e999}', /out of range/],
    [json, '{"a":["x\\u0000"]}', /NUL/],
    [json, '{"a\\u0000":1}', /NUL/],
    [json, '{"a":"\\ud800"}', /surrogate/],
    [json, '{"a":{"__proto__":{"admin":1}}}', /__proto__/],
    [json, Buffer.from([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
    [json, `{"a":${'['.repeat(9)}${']'.repeat(9)}}`, /deeper than 8/],
    [json, '['.repeat(500_000), /deeper than 8/],
    [json, '{"a":'.repeat(150_000), /deeper than 8/],
    [json, `{"a":[${'1,'.repeat(1000)}1]}`, /array of more than 1000/],
    [
      json,
      JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`a${at}`, 1]))),
      /1000 parameters/,
    ],
    [`${json}; charset=iso-8859-1`, '{}', /charset/],
    [`${form};charset=utf-16`, 'a=1', /charset/],
    [form, 'a=%', /percent/],
    [form, Buffer.from([0x61, 0x3d, 0xc0, 0x80]), /not valid UTF-8/],
    [form, `{"a":${'['.repeat(9)}${']'.repeat(9)}}`, /deeper than 8/],
    ['text/plain', 'a=1', /not supported/],
    ['nonsense', 'a=1', /not supported/],
    [';', '%', /percent/],
  ];
  for (const [type, body, reason] of bad) {
    const read = await bodyGiven(type, body);
    assert.match(read.malformed ?? '', reason, `${type} ${String(body).slice(0, 40)}`);
    assert.equal(read.method, 'POST');
  }
  const packed = await received({
    method: 'POST',
    type: json,
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
  });
  assert.match(packed.malformed ?? '', /encodings/);
});

test('limits are exact: nesting 8, arrays of 1,000', async () => {
  assert.equal((await bodyGiven(json, `{"a":${'['.repeat(8)}"[[["${']'.repeat(8)}}`)).malformed, undefined);
  assert.equal((await bodyGiven(json, `{"a":[${'1,'.repeat(999)}1]}`)).malformed, undefined);
});

test('a body of another type is ignored where a body means nothing', async () => {
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
    assert.equal((await bodyGiven('text/plain', '%%%', method)).malformed, undefined, method);
  }
  assert.deepEqual(entries((await bodyGiven(form, 'a=1', 'GET')).body), { a: '1' });
  assert.deepEqual(entries((await bodyGiven(json, '{"a":"1"}', 'DELETE')).body), { a: '1' });
});

test('a parameter named __proto__ is a parameter', async () => {
  const sent = await bodyGiven(json, '{"__proto__":{"admin":"1"},"constructor":"x"}');
  assert.equal(sent.body.get('constructor'), 'x');
  assert.deepEqual(sent.body.get('__proto__'), { admin: '1' });
  assert.equal((await received({ url: '/a?__proto__=1' })).query.get('__proto__'), '1');
  assert.equal(({} as { admin?: string }).admin, undefined);
});

const part = (name: string, value: string, more = '') =>
  `--xx\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const multipart = 'multipart/form-data; boundary=xx';

test('multipart: text fields are parameters', async () => {
  const read = await bodyGiven(
    multipart,
    `${part('a', '1')}${part('b', 'é\r\nx')}${part('c', '')}--xx--\r\n`,
  );
  assert.equal(read.malformed, undefined);
  assert.deepEqual(entries(read.body), { a: '1', b: 'é\r\nx', c: '' });
  assert.equal((await bodyGiven(multipart, `${part('a', '1')}${part('a', '2')}--xx--`)).repeated, 'a');
  const said = await bodyGiven(
    multipart,
    `${part('_suppress_meta', '1')}${part('f', 'x', '; filename="f"')}--xx--`,
  );
  assert.equal(said.malformed, 'uploads are not accepted here');
  assert.equal(said.presentation.suppressMeta, true);
});

test('multipart that cannot be read', async () => {
  const bad: [string, string | Buffer, RegExp][] = [
    ['multipart/form-data', part('a', '1'), /malformed/],
    ['multipart/form-data; boundary=', part('a', '1'), /malformed/],
    [multipart, part('a', '1'), /malformed/],
    [multipart, 'nothing of the kind', /malformed/],
    [multipart, Buffer.from(`${part('a', '\xff')}--xx--`, 'latin1'), /UTF-8/],
    [multipart, Buffer.from(`${part('\xff', 'a')}--xx--`, 'latin1'), /UTF-8/],
    [multipart, `${part('a', '\0')}--xx--`, /UTF-8/],
    [multipart, `${part('a', 'x'.repeat(1024 * 1024 + 1))}--xx--`, /longer than/],
    [
      multipart,
      `${Array.from({ length: 1001 }, (_, at) => part(`a${at}`, '')).join('')}--xx--`,
      /1000 parts/,
    ],
    [`${multipart}; charset=utf-16`, `${part('a', '1')}--xx--`, /charset/],
  ];
  for (const [type, body, reason] of bad) {
    const read = await bodyGiven(type, body);
    assert.match(read.malformed ?? '', reason, String(body).slice(0, 60));
  }
});

test('only a trusted proxy is believed', async () => {
  const headers = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'a.api.example.com',
  };
  const direct = await received({ from: '192.0.2.1', headers, trusted: ['10.0.0.0/8'] });
  assert.deepEqual(
    [direct.address, direct.https, direct.host],
    ['192.0.2.1', false, 'planet-express.api.localhost:4280'],
  );
  const proxied = await received({ from: '::ffff:10.0.0.2', headers, trusted: ['10.0.0.0/8'] });
  assert.deepEqual(
    [proxied.address, proxied.https, proxied.host],
    ['203.0.113.9', true, 'a.api.example.com'],
  );
  assert.equal((await received({ from: '::ffff:192.0.2.1' })).address, '192.0.2.1');
});

test('X-Forwarded-For is read from the right, past trusted proxies', async () => {
  const address = async (forwarded: string) =>
    (
      await received({
        from: '10.0.0.2',
        headers: { 'x-forwarded-for': forwarded },
        trusted: ['10.0.0.0/8', '2001:db8::/32'],
      })
    ).address;
  assert.equal(await address('1.1.1.1, 203.0.113.9, 10.0.0.3'), '203.0.113.9');
  assert.equal(await address('10.0.0.5,10.0.0.4'), '10.0.0.5');
  assert.equal(await address('[2001:db9::1]:443, [2001:db8::7]'), '2001:db9::1');
  assert.equal(await address('203.0.113.9:1234'), '203.0.113.9');
  assert.equal(await address('1.1.1.1, unknown, 10.0.0.3'), '10.0.0.3');
  assert.equal(await address(''), '10.0.0.2');
});

test('who sends X-Forwarded-For without being trusted is known', async () => {
  const distrusted = async (from: string, trusted: readonly string[], headers: Record<string, string>) =>
    (await received({ from, headers, trusted: [...trusted] })).distrusted === true;
  const forwarded = { 'x-forwarded-for': '203.0.113.9' };
  assert.equal(await distrusted('192.0.2.1', [], forwarded), true);
  assert.equal(await distrusted('192.0.2.1', ['10.0.0.0/8'], forwarded), true);
  assert.equal(await distrusted('10.0.0.2', ['10.0.0.0/8'], forwarded), false);
  assert.equal(await distrusted('192.0.2.1', [], { 'x-forwarded-proto': 'https' }), false);
  assert.equal(await distrusted('192.0.2.1', ['10.0.0.0/8'], {}), false);
});

test('a host is a host', async () => {
  const host = async (sent: string | undefined, version = '1.1') =>
    received({ headers: { host: sent }, version });
  assert.equal((await host('EXAMPLE.com:8080')).host, 'example.com:8080');
  assert.equal((await host('[::1]:80')).host, '[::1]:80');
  for (const bad of [
    undefined,
    '',
    'a b',
    'a, b',
    'a/b',
    'user@a',
    'a"><script>',
    '[::1',
    `${'a'.repeat(300)}`,
  ]) {
    const read = await host(bad);
    assert.match(read.malformed ?? '', /Host/, bad);
    assert.equal(read.host, '127.0.0.1:80');
  }
  const old = await host(undefined, '1.0');
  assert.deepEqual([old.host, old.malformed], ['127.0.0.1:80', undefined]);
});

test('request ids are echoed when sane, else made, and sort by time', async () => {
  const id = async (sent: string) => (await received({ headers: { 'x-request-id': sent } })).id;
  for (const sane of ['abcdefgh', 'A.b_c-12', 'x'.repeat(64)]) assert.equal(await id(sane), sane);
  for (const insane of ['short', 'x'.repeat(65), 'abcd efgh', 'abcdefgh\n', 'abcdéfgh', '"><script>']) {
    const made = await id(insane);
    assert.match(made, /^[0-9a-z]{20}$/);
    assert.notEqual(made, insane);
  }
  assert.equal(freshId(1e12) < freshId(2e12), true);
  assert.equal(freshId(1).length, freshId(Date.now()).length);
  assert.equal(new Set(Array.from({ length: 1000 }, () => freshId(5))).size, 1000);
});

test('whatever comes, a request is received', async () => {
  const types = fc.oneof(
    fc.constantFrom(
      json,
      form,
      multipart,
      'multipart/form-data; boundary="',
      'text/plain',
      ';charset',
      `${json};charset=utf-8`,
      '',
    ),
    fc.string({ maxLength: 40 }),
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 12 }).map((text) => Buffer.from(text)),
    fc
      .array(
        fc.constantFrom(
          '--xx',
          '--',
          '\r\n',
          'Content-Disposition: form-data; name="a"',
          ': ',
          'filename="b"',
          '{',
          '"a":',
          '[',
          '\\',
          'x',
        ),
        { maxLength: 30 },
      )
      .map((pieces) => Buffer.from(pieces.join(''))),
  );
  const urls = fc.oneof(
    fc.webUrl({ withQueryParameters: true }),
    fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((tail) => `/${tail}`),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const methods = fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'TRACE');
  const headers = fc.dictionary(
    fc.constantFrom(
      'accept',
      'accept-type',
      'x-request-id',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'content-encoding',
      'host',
    ),
    fc.string({ maxLength: 30 }),
  );
  await fc.assert(
    fc.asyncProperty(methods, urls, types, bodies, headers, async (method, url, type, body, sent) => {
      const read = await received({
        method,
        url,
        body,
        headers: { ...sent, 'content-type': type },
        from: '127.0.0.1',
        trusted: ['127.0.0.0/8'],
      });
      assert.equal(read.malformed === undefined || read.malformed.length < 100, true);
      assert.doesNotMatch(read.malformed ?? '', /multipart body has no end/);
      assert.match(read.id, /^[A-Za-z0-9._-]{8,64}$/);
    }),
    { numRuns: 1500 },
  );
});

test('hostile bodies cost little', async () => {
  const mebi = 1024 * 1024;
  const field = '--xx\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
  const bodies: [string, string][] = [
    [form, '&'.repeat(mebi)],
    [form, 'a&'.repeat(mebi / 2)],
    [form, 'a=1&'.repeat(mebi / 4)],
    [json, `{${'"a":1,'.repeat(mebi / 6)}"b":1}`],
    [json, `{"${'"'.repeat(mebi)}`],
    [json, `{"a":"${'\\"'.repeat(mebi / 2)}"}`],
    [multipart, field.repeat(50_000)],
    [multipart, '--xx\r\n\r\n'.repeat(500_000)],
    [multipart, '\r\n--x'.repeat(500_000)],
  ];
  for (const [type, body] of bodies) {
    const cost = await cpuMsOf(() => bodyGiven(type, body));
    // Each takes some 30 ms; the quadratic readings that this guards against took seconds.
    assert.ok(cost < 1_000, `${type} ${body.slice(0, 20)}: ${cost} ms`);
  }
});
