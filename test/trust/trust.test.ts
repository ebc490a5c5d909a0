import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import * as fc from 'fast-check';
import { trustFiles } from '../../src/server/trust-files.ts';
import { certificateNames, createTrust } from '../../src/trust/authority.ts';
import { issue } from '../../src/trust/certificate.ts';
import { admits } from '../../src/trust/names.ts';
import { platforms } from '../../src/trust/platforms.ts';
import { end, run, runAccord, startAccord } from '../harness/commands.ts';

const day = 86_400_000;

describe('accord trust', () => {
  let folder: string;
  let data: string;
  let files: ReturnType<typeof trustFiles>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-trust-'));
    data = join(folder, 'data with spaces');
    files = trustFiles(data);
    const made = await runAccord('trust', 'create', '--data', data);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /^Made Accord local authority [0-9a-f]{8}, which nothing trusts yet/);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const openssl = (...args: readonly string[]) => run('openssl', args);
  const verified = (file: string, ...more: readonly string[]) =>
    openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', files.authority, ...more, file);

  test('openssl takes the certificate for every name it is for, and for no other', async () => {
    for (const name of ['planet-express.api.accelo.com', 'x.api.localhost', 'localhost']) {
      const { code, err } = await verified(files.server, '-verify_hostname', name);
      assert.equal(code, 0, `${name}: ${err}`);
    }
    for (const address of ['127.0.0.1', '::1'])
      assert.equal((await verified(files.server, '-verify_ip', address)).code, 0, address);
    for (const name of ['accelo.com', 'api.accelo.com', 'a.b.api.accelo.com', 'example.com'])
      assert.notEqual((await verified(files.server, '-verify_hostname', name)).code, 0, name);
  });

  test('keys are on P-256, and readable by their owner only', async () => {
    for (const file of [files.authorityKey, files.serverKey]) {
      const key = createPrivateKey(await readFile(file));
      assert.equal(key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    }
    await chmod(files.authorityKey, 0o644);
    await runAccord('trust', 'create', '--data', data);
    assert.equal((await stat(files.authorityKey)).mode & 0o777, 0o600);
  });

  test('made again, nothing changes', async () => {
    const all = () =>
      Promise.all(
        Object.values(files)
          .slice(1)
          .map((file) => readFile(file, 'utf8')),
      );
    const old = await all();
    const again = await runAccord('trust', 'create', '--data', data);
    assert.match(again.out, /^All is there, and good/);
    assert.deepEqual(await all(), old);
  });

  /** A certificate by the authority's key, made by openssl: what somebody could do who got hold of it. */
  async function forged(
    name: string,
    subject: string,
    extensions: string,
    by = { certificate: files.authority, key: files.authorityKey },
  ): Promise<string> {
    const [file, request, settings] = ['pem', 'csr', 'ext'].map((end) => join(folder, `${name}.${end}`)) as [
      string,
      string,
      string,
    ];
    await writeFile(settings, extensions);
    const key = join(folder, `${name}.key`);
    const made = await openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', subject, '-keyout', key, '-out', request],
    );
    assert.equal(made.code, 0, made.err);
    const signed = await openssl(
      ...['x509', '-req', '-in', request, '-CA', by.certificate, '-CAkey', by.key],
      ...['-CAcreateserial', '-CAserial', join(folder, 'serial'), '-days', '30'],
      ...['-extfile', settings, '-out', file],
    );
    assert.equal(signed.code, 0, signed.err);
    return file;
  }

  test('what the authority signs outside its constraints, openssl refuses', async () => {
    const within = await forged('within', '/O=x', 'subjectAltName=DNS:acme.api.accelo.com');
    assert.equal((await openssl('verify', '-CAfile', files.authority, within)).code, 0);
    for (const [name, subject, extensions] of [
      ['evil', '/O=x', 'subjectAltName=DNS:evil.example'],
      ['parent', '/O=x', 'subjectAltName=DNS:accelo.com'],
      ['sibling', '/O=x', 'subjectAltName=DNS:www.accelo.com'],
      ['suffix', '/O=x', 'subjectAltName=DNS:evil-api.accelo.com.evil.example'],
      ['both', '/O=x', 'subjectAltName=DNS:localhost,DNS:evil.example'],
      ['address', '/O=x', 'subjectAltName=IP:10.0.0.1'],
      ['six', '/O=x', 'subjectAltName=IP:2001:db8::1'],
      ['common', '/CN=evil.example', 'keyUsage=digitalSignature'],
    ] as const) {
      const { code, err } = await openssl(
        'verify',
        '-CAfile',
        files.authority,
        await forged(name, subject, extensions),
      );
      assert.notEqual(code, 0, name);
      assert.match(err, /permitted subtree violation/, name);
    }
  });

  test('what it signs is good for servers only, and signs nothing itself', async () => {
    const mail = await forged(
      'mail',
      '/O=x',
      'extendedKeyUsage=emailProtection,codeSigning\nsubjectAltName=DNS:localhost',
    );
    for (const purpose of ['smimesign', 'codesign', 'sslserver'])
      assert.notEqual(
        (await openssl('verify', '-purpose', purpose, '-CAfile', files.authority, mail)).code,
        0,
      );
    const between = await forged(
      'between',
      '/O=Accord/CN=between',
      'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign',
    );
    const by = { certificate: between, key: join(folder, 'between.key') };
    const leaf = await forged('leaf', '/O=leaf', 'subjectAltName=DNS:localhost', by);
    const { code, err } = await openssl('verify', '-CAfile', files.authority, '-untrusted', between, leaf);
    assert.notEqual(code, 0);
    assert.match(err, /path length constraint exceeded|invalid CA certificate/i);
  });

  const leafFor = (name: string, signer: ReturnType<typeof createPrivateKey>, issuer: string): string =>
    issue({
      ...{ subject: 'leaf', issuer, key: signer, signer, names: [name] },
      ...{ from: new Date(Date.now() - day), until: new Date(Date.now() + day) },
    });

  test('the names that are admitted are those that openssl takes', async () => {
    const signer = createPrivateKey(await readFile(files.authorityKey));
    const issuer = /CN=(.*)/.exec(new X509Certificate(await readFile(files.authority)).subject)?.[1] ?? '';
    const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const base = fc.constantFrom(
      ...[
        'api.accelo.com',
        'api.localhost',
        'localhost',
        'accelo.com',
        'xapi.accelo.com',
        'api.accelo.com.au',
      ],
    );
    const host = fc
      .tuple(fc.array(label, { maxLength: 3 }), base)
      .map(([labels, end]) => [...labels, end].join('.'));
    const address = fc.oneof(
      fc.ipV4(),
      fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `127.${a}.${b}.1`),
    );
    const file = join(folder, 'property.pem');
    await fc.assert(
      fc.asyncProperty(fc.oneof(host, address), async (name) => {
        await writeFile(file, leafFor(name, signer, issuer));
        const { code, err } = await verified(file);
        assert.equal(code === 0, admits(name), `${name}: ${err}`);
      }),
      { seed: 4281, numRuns: 40 },
    );
  });

  test('Node refuses a server whose name is outside, and takes one whose name is inside', async () => {
    await forged('outside', '/O=x', 'subjectAltName=DNS:evil.example');
    await copyFile(files.serverKey, join(folder, 'inside.key'));
    await copyFile(files.server, join(folder, 'inside.pem'));
    const reached = async (certificate: string, servername: string): Promise<string> => {
      const [cert, key, ca] = await Promise.all(
        [join(folder, `${certificate}.pem`), join(folder, `${certificate}.key`), files.authority].map(
          (file) => readFile(file),
        ),
      );
      const server = createServer({ cert, key }, (socket) => socket.on('error', () => {}).end()).on(
        'tlsClientError',
        () => {},
      );
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const socket = connect({ port, host: '127.0.0.1', servername, ca });
      const said = await once(socket, 'secureConnect').then(
        () => 'secure',
        (error: NodeJS.ErrnoException) => error.message,
      );
      socket.destroy();
      await new Promise((done) => server.close(done));
      return said;
    };
    assert.equal(await reached('inside', 'planet-express.api.accelo.com'), 'secure');
    assert.match(await reached('outside', 'evil.example'), /permitted subtree violation/);
  });

  test('is renewed near its end, with its names and its key; the authority when it would end first', async () => {
    const own = join(folder, 'renewed');
    const now = Date.now();
    const first = await createTrust(own, ['my.localhost'], now);
    assert.deepEqual(first.made, { authority: true, server: true });
    const key = await readFile(first.files.serverKey, 'utf8');
    assert.deepEqual((await createTrust(own, [], now + 366 * day)).made, { authority: false, server: false });
    const renewed = await createTrust(own, [], now + 368 * day);
    assert.deepEqual(renewed.made, { authority: false, server: true });
    assert.equal(await readFile(first.files.serverKey, 'utf8'), key);
    assert.ok(certificateNames(renewed.server).includes('my.localhost'));
    assert.ok(renewed.server.verify(first.authority.publicKey));
    assert.ok(renewed.server.validToDate < renewed.authority.validToDate);
    const last = await createTrust(own, [], now + 3_300 * day);
    assert.deepEqual(last.made, { authority: true, server: true });
    assert.notEqual(last.authority.subject, first.authority.subject);
    // As after a crash between the two files.
    await copyFile(last.files.serverKey, last.files.authorityKey);
    assert.deepEqual((await createTrust(own, [], now + 3_300 * day)).made, { authority: true, server: true });
  });

  test('more names are added within the constraints, and refused outside them', async () => {
    const own = join(folder, 'names');
    const added = await runAccord('trust', 'create', '--data', own, '--host', 'My.Localhost', '--json');
    assert.equal(added.code, 0, added.err);
    assert.ok(JSON.parse(added.out).certificate.names.includes('my.localhost'));
    for (const name of [
      'evil.example',
      'accelo.com',
      '*.com',
      'a.*.api.accelo.com',
      '10.0.0.1',
      '-x.localhost',
      '',
    ]) {
      const refused = await runAccord('trust', 'create', '--data', own, '--host', name);
      assert.equal(refused.code, 2, name);
      assert.match(refused.err, /^accord: --host .*api\.accelo\.com/);
    }
  });

  test('says how each platform comes to trust it, and how to undo it', async () => {
    for (const platform of platforms) {
      const { code, out, err } = await runAccord(
        'trust',
        'show',
        '--platform',
        platform,
        '--json',
        '--data',
        data,
      );
      assert.equal(code, 0, err);
      const { steps, authority } = JSON.parse(out);
      assert.ok(steps.length > 0, platform);
      for (const step of steps) {
        assert.ok(step.trust.join('\n').includes(authority.file), platform);
        assert.ok(step.undo.length > 0);
      }
    }
    const unknown = await runAccord('trust', 'show', '--platform', 'beos', '--data', data);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /linux, macos, windows/);
  });

  test('a file that is spoilt is named; where there is none, what makes it is said', async () => {
    const own = join(folder, 'spoilt');
    for (const command of ['show', 'install', 'uninstall']) {
      const none = await runAccord('trust', command, '--data', own);
      assert.equal(none.code, 1);
      assert.match(none.err, /^accord: there is no authority in .*: accord trust create makes one\n$/);
    }
    const { files: its } = await createTrust(own, []);
    await writeFile(its.authority, 'nonsense');
    const spoilt = await runAccord('trust', 'create', '--data', own);
    assert.equal(spoilt.code, 1);
    assert.ok(spoilt.err.includes(`${its.authority} is not a certificate`), spoilt.err);
  });

  test('is removed with its keys', async () => {
    const own = join(folder, 'removed');
    const { files: its } = await createTrust(own, []);
    const { code, out } = await runAccord('trust', 'remove', '--data', own);
    assert.equal(code, 0);
    assert.match(out, /^Removed /);
    await assert.rejects(stat(its.folder), { code: 'ENOENT' });
    assert.match((await runAccord('trust', 'remove', '--data', own)).out, /^There was no authority/);
  });

  test('accord serve --trust speaks HTTPS with it', async () => {
    const server = await startAccord('serve', '--trust', '--data', data, '--log-level', 'silent');
    try {
      const url = `https://planet-express.api.accelo.com:${server.port}/healthz`;
      const asked = [
        '-sS',
        '--noproxy',
        '*',
        '--connect-to',
        `::127.0.0.1:${server.port}`,
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
      ];
      const trusting = await run('curl', [...asked, '--cacert', files.authority, url]);
      assert.equal(trusting.out, '200', trusting.err);
      assert.equal((await run('curl', [...asked, url])).code, 60);
    } finally {
      assert.equal((await end(server)).code, 0);
    }
  });

  test('accord serve --trust and accord proxy say what is missing', async () => {
    const own = join(folder, 'missing');
    for (const command of [['serve', '--trust'], ['proxy']]) {
      const none = await runAccord(...command, '--port', '0', '--data', own);
      assert.equal(none.code, 1);
      assert.match(none.err, /^accord: there is no certificate in .*: accord trust create makes one\n$/);
    }
    await createTrust(own, [], Date.now() - 400 * day);
    for (const command of [['serve', '--trust'], ['proxy']]) {
      const ended = await runAccord(...command, '--port', '0', '--data', own);
      assert.equal(ended.code, 1);
      assert.match(ended.err, /ended on \d{4}-\d\d-\d\d: accord trust create renews it\n$/);
    }
    const both = await runAccord('serve', '--trust', '--tls-cert', 'a', '--tls-key', 'b', '--data', data);
    assert.equal(both.code, 2);
    assert.match(both.err, /--trust .* leave out --tls-cert and --tls-key/);
  });
});
