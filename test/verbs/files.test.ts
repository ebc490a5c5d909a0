import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onEveryEngine } from '../harness/engines.ts';
import { closeConnections, type Reply } from '../harness/http.ts';
import { multipart, multipartEnd, multipartType, type Part, partHead } from '../harness/multipart.ts';
import { bearer, contents } from '../harness/scenario.ts';
import { startWorld, type Tenant, type TestWorld } from '../harness/world.ts';

type Row = Record<string, string | null>;

const mebi = 2 ** 20;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

onEveryEngine('files', (engine) => {
  let world: TestWorld;
  let tenant: Tenant;
  let company: string;
  let collection: string;
  let folder: string;

  before(async () => {
    world = await startWorld(engine);
    folder = join(world.database.data, 'files');
    tenant = await world.tenant();
    company = await companyOf(tenant, 'Slurm');
    collection = await collectionOf(tenant, `companies/${company}`);
  });
  after(async () => {
    closeConnections();
    await world.close();
  });

  const companyOf = async (of: Tenant, name: string): Promise<string> =>
    ((await of.post('/api/v0/companies', { name })).json.response as Row).id as string;

  async function collectionOf(of: Tenant, path: string): Promise<string> {
    const { collections } = (await of.get(`/api/v0/${path}/collections`)).json.response as {
      collections: Row[];
    };
    return collections[0]?.id as string;
  }

  /** Files that are kept, and those under way. */
  async function kept(): Promise<string[]> {
    const all = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    return all.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  const upload = (
    part: Partial<Part>,
    more: { path?: string; token?: string; key?: string } = {},
  ): Promise<Reply> => {
    const { headers, body } = multipart({ name: 'resource', filename: 'a.txt', content: 'abc', ...part });
    return tenant.send({
      method: 'POST',
      path: more.path ?? `/api/v0/companies/${company}/collections/${collection}/resources`,
      headers: {
        ...bearer(more.token ?? tenant.token),
        ...headers,
        ...(more.key === undefined ? {} : { 'Idempotency-Key': more.key }),
      },
      body,
    });
  };

  async function uploaded(part: Partial<Part>): Promise<Row> {
    const reply = await upload(part);
    assert.equal(reply.http, 200, reply.text);
    return JSON.parse(reply.text).response.resource as Row;
  }

  const download = (id: string | null | undefined, headers: Record<string, string> = {}, method = 'GET') =>
    tenant.send({
      method,
      path: `/api/v0/resources/${id}/download`,
      headers: { ...bearer(tenant.token), ...headers },
    });

  /** Does what is refused, and looks whether anything stayed behind. */
  async function leavesNothing(work: () => Promise<Reply>, cause: string): Promise<Reply> {
    const [rows, files] = [await contents(tenant), await kept()];
    const reply = await work();
    assert.equal(world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because, cause, reply.text);
    await settled(files);
    assert.deepEqual(await contents(tenant), rows);
    return reply;
  }

  /** What is dropped is removed after the answer, not before it. */
  async function settled(files: readonly string[]): Promise<void> {
    for (let i = 0; i < 100 && (await kept()).length !== files.length; i++) await sleep(20);
    assert.deepEqual((await kept()).sort(), [...files].sort());
  }

  test('a file goes into a collection, is listed, read and downloaded', async () => {
    const bytes = randomBytes(300_000);
    const answer = await uploaded({
      filename: 'Quote 14 May.pdf',
      type: 'Application/PDF; x=1',
      content: bytes,
    });
    assert.deepEqual(answer, {
      id: answer.id as string,
      title: 'Quote 14 May.pdf',
      size: '300000',
      mimetype: 'application/pdf',
    });
    const read = await tenant.get(`/api/v0/resources/${answer.id}?_fields=_ALL,breadcrumbs`);
    assert.deepEqual(read.json.response, {
      id: answer.id,
      title: 'Quote 14 May.pdf',
      date_created: String(world.now),
      mimetype: 'application/pdf',
      filesize: '300000',
      collection_id: collection,
      owner_type: 'staff',
      owner_id: String(tenant.admin),
      breadcrumbs: [
        { id: collection, table: 'collection', title: 'Attachments' },
        { id: company, table: 'company', title: 'Slurm' },
      ],
    } as never);
    const got = await download(answer.id);
    assert.equal(got.http, 200);
    assert.ok(got.bytes.equals(bytes));
    assert.equal(got.headers['content-length'], '300000');
    assert.equal(got.headers['content-type'], 'application/pdf');
    assert.equal(got.headers.etag, `"${sha256(bytes)}"`);
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
    assert.match(got.headers['content-security-policy'] ?? '', /^sandbox/);
    assert.equal(
      got.headers['content-disposition'],
      `attachment; filename="Quote 14 May.pdf"; filename*=UTF-8''Quote%2014%20May.pdf`,
    );
    assert.equal(got.headers['x-status'], 'ok');
    assert.equal(got.headers['cache-control'], 'no-store');
    assert.ok(got.names.includes('X-RateLimit-Remaining'));
    const head = await download(answer.id, {}, 'HEAD');
    assert.equal(head.headers['content-length'], '300000');
    assert.equal(head.bytes.length, 0);
    // The folder has one file of it, below its deployment, and nothing under way.
    const files = (await kept()).filter((file) =>
      file.startsWith(join(folder, String(tenant.deployment.id))),
    );
    const copies = await Promise.all(files.map((file) => readFile(file)));
    assert.equal(copies.filter((each) => each.equals(bytes)).length, 1);
  });

  test('parts: the first, the rest, the last; what the file does not have is refused', async () => {
    const { id } = await uploaded({ content: '0123456789' });
    const part = async (range: string, more: Record<string, string> = {}) => {
      const { http, text, headers } = await download(id, { Range: range, ...more });
      return [http, text, headers['content-range'] ?? ''];
    };
    assert.deepEqual(await part('bytes=0-3'), [206, '0123', 'bytes 0-3/10']);
    assert.deepEqual(await part('bytes=7-'), [206, '789', 'bytes 7-9/10']);
    assert.deepEqual(await part('bytes=-2'), [206, '89', 'bytes 8-9/10']);
    assert.deepEqual(await part('bytes=-200'), [206, '0123456789', 'bytes 0-9/10']);
    assert.deepEqual(await part('bytes=5-999'), [206, '56789', 'bytes 5-9/10']);
    for (const ignored of ['bytes=0-1,3-4', 'lines=1-2', 'bytes=', 'bytes=5-2', 'nonsense'])
      assert.deepEqual(await part(ignored), [200, '0123456789', ''], ignored);
    for (const past of ['bytes=10-', 'bytes=99-100', 'bytes=-0']) {
      const reply = await download(id, { Range: past });
      assert.deepEqual([reply.http, reply.headers['x-status']], [400, 'invalid_request'], past);
      assert.match(reply.text, /Range/);
    }
    const etag = `"${sha256(Buffer.from('0123456789'))}"`;
    assert.deepEqual(await part('bytes=0-0', { 'If-Range': etag }), [206, '0', 'bytes 0-0/10']);
    assert.deepEqual(await part('bytes=0-0', { 'If-Range': '"another"' }), [200, '0123456789', '']);
    const unchanged = await download(id, { 'If-None-Match': `"x", W/${etag}` });
    assert.deepEqual([unchanged.http, unchanged.text, unchanged.headers.etag], [304, '', etag]);
  });

  test('an empty file, and malicious names', async () => {
    const { id, size } = await uploaded({ filename: 'empty.bin', content: '' });
    assert.equal(size, '0');
    const got = await download(id);
    assert.deepEqual([got.http, got.text, got.headers['content-length']], [200, '', '0']);
    const nasty: [string, string, RegExp][] = [
      ['../../etc/passwd', 'passwd', /filename="passwd"/],
      ['C:\\\\temp\\\\x.html', 'x.html', /filename="x\.html"/],
      [
        'Fünf Äpfel ✓.txt',
        'Fünf Äpfel ✓.txt',
        /filename="F_nf _pfel _\.txt"; filename\*=UTF-8''F%C3%BCnf%20%C3%84pfel%20%E2%9C%93\.txt/,
      ],
      ['a%22b.txt', 'a%22b.txt', /filename="a_22b\.txt"/],
      ['.htaccess', '.htaccess', /filename="htaccess"/],
      ['evil\u202efdp.exe', 'evil\u202efdp.exe', /filename="evilfdp\.exe"/],
    ];
    for (const [filename, title, disposition] of nasty) {
      const row = await uploaded({ filename, type: 'text/html', content: '<script>' });
      assert.equal(row.title, title);
      const { headers } = await download(row.id);
      assert.match(headers['content-disposition'] ?? '', disposition);
      assert.match(headers['content-disposition'] ?? '', /^attachment; /);
    }
    const odd = await uploaded({ type: 'no type at all', content: 'x' });
    assert.equal(odd.mimetype, 'application/octet-stream');
    await leavesNothing(() => upload({ filename: `${'x'.repeat(256)}.txt` }), 'parameter.invalid');
  });

  test('lists filter, order and search, and counts agree', async () => {
    const other = await companyOf(tenant, 'MomCorp');
    const into = await collectionOf(tenant, `companies/${other}`);
    const path = `/api/v0/companies/${other}/collections/${into}/resources`;
    for (const [filename, type, content] of [
      ['beta.png', 'image/png', 'xx'],
      ['alpha.pdf', 'application/pdf', 'xxxx'],
      ['gamma.png', 'image/png', 'x'],
    ] as const)
      assert.equal((await upload({ filename, type, content }, { path })).http, 200);
    const titles = async (query: string) =>
      ((await tenant.get(`/api/v0/resources?${query}`)).json.response as Row[]).map(({ title }) => title);
    const mine = `collection_id(${into})`;
    assert.deepEqual(await titles(`_filters=${mine},order_by_asc(title)`), [
      'alpha.pdf',
      'beta.png',
      'gamma.png',
    ]);
    assert.deepEqual(await titles(`_filters=${mine},order_by_desc(filesize)`), [
      'alpha.pdf',
      'beta.png',
      'gamma.png',
    ]);
    assert.deepEqual(await titles(`_filters=${mine},mimetype(image/png)`), ['beta.png', 'gamma.png']);
    assert.deepEqual(await titles(`_filters=${mine}&_search=alpha`), ['alpha.pdf']);
    assert.deepEqual(await titles(`_filters=${mine},owner(staff(${tenant.admin}))&_limit=1`), ['beta.png']);
    assert.deepEqual(await titles(`_filters=${mine},date_created_after(${world.now})`), []);
    assert.deepEqual((await tenant.get(`/api/v0/resources/count?_filters=${mine}`)).json.response, {
      count: '3',
    });
    const hidden = await tenant.get('/api/v0/resources?_filters=content(x)');
    assert.equal(hidden.headers['x-status-ignored'], 'content');
  });

  test('every object that has collections has a first one, and only one', async () => {
    const contact = await tenant.put('contacts', { firstname: 'Amy', surname: 'Wong' });
    const job = await tenant.put('jobs', { title: 'Deliver' });
    const issue = await tenant.put('issues', { title: 'Late' });
    const contract = await tenant.put('contracts', { title: 'Yearly' });
    const quote = await tenant.put('quotes', { title: 'Offer' });
    for (const path of [
      `contacts/${contact}`,
      `jobs/${job}`,
      `issues/${issue}`,
      `contracts/${contract}`,
      `quotes/${quote}`,
    ]) {
      const looks = await Promise.all(
        [1, 2, 3].map(() => tenant.get(`/api/v0/${path}/collections?_fields=_ALL`)),
      );
      const [first, ...others] = looks.map(
        ({ json }) => (json.response as { collections: Row[] }).collections,
      );
      assert.deepEqual(
        first?.map(({ title, against_id }) => [title, against_id]),
        [['Attachments', path.split('/')[1]]],
      );
      for (const each of others) assert.deepEqual(each, first);
      const into = `/api/v0/${path}/collections/${first?.[0]?.id}/resources`;
      assert.equal((await upload({ name: 'file' }, { path: into })).http, 200);
    }
    assert.equal((await tenant.get('/api/v0/companies/424242/collections')).cause, 'object.missing');
  });

  test('a refused upload leaves no file and no row', async () => {
    const at = (path: string) => () => upload({}, { path: `/api/v0/${path}` });
    const elsewhere = await companyOf(tenant, 'Elsewhere');
    await leavesNothing(at(`companies/${elsewhere}/collections/${collection}/resources`), 'object.missing');
    await leavesNothing(at(`companies/${company}/collections/424242/resources`), 'object.missing');
    await leavesNothing(at(`contacts/${company}/collections/${collection}/resources`), 'object.missing');
    await leavesNothing(at(`companies/${company}`), 'method.unknown');
    await leavesNothing(at('companies'), 'parameter.invalid');
    await leavesNothing(() => upload({ name: 'attachment' }), 'parameter.invalid');
    await leavesNothing(() => upload({}, { token: 'x' }), 'token.unknown');
    const readOnly = await tenant.issue({ scope: 'read(all)' });
    await leavesNothing(() => upload({}, { token: readOnly }), 'scope.exceeded');
    const half = await tenant.issue({ scope: 'write(companies)' });
    await leavesNothing(() => upload({}, { token: half }), 'scope.exceeded');
    const fry = await tenant.issue({ staff: tenant.restricted });
    await leavesNothing(() => upload({}, { token: fry }), 'permission.lacking');
    const send = (...parts: Part[]) => {
      const { headers, body } = multipart(...parts);
      return tenant.send({
        method: 'POST',
        path: `/api/v0/companies/${company}/collections/${collection}/resources`,
        headers: { ...bearer(tenant.token), ...headers },
        body,
      });
    };
    const file = { name: 'resource', filename: 'a', content: 'abc' };
    await leavesNothing(() => send(file, { ...file, name: 'file' }), 'parameter.invalid');
    await leavesNothing(() => send(file, file), 'parameter.repeated');
    await leavesNothing(() => send({ name: 'resource', content: 'text' }), 'parameter.invalid');
    await leavesNothing(() => send({ name: 'title', content: 'text' }), 'parameter.missing');
    await leavesNothing(() => send({ name: 'resource', filename: '', content: '' }), 'parameter.missing');
  });

  test('an idempotency key keeps one file; another file is another request', async () => {
    const stored = async () => (await kept()).filter((file) => !file.includes('.incoming')).length;
    const files = await stored();
    const first = await upload({ content: 'once' }, { key: 'k' });
    assert.equal(first.http, 200);
    const again = await upload({ content: 'once' }, { key: 'k' });
    assert.equal(again.text, first.text);
    const otherFile = await upload({ content: 'twice' }, { key: 'k' });
    assert.equal(otherFile.http, 400);
    assert.equal(await stored(), files + 1);
  });

  test('30 MiB go through in pieces: memory stays where it was', async () => {
    const size = 30 * mebi;
    const piece = randomBytes(mebi);
    const hash = createHash('sha256');
    const head = Buffer.from(partHead({ name: 'resource', filename: 'big.bin' }));
    // What is alive counts, not what waits to be collected: whoever held the file would hold it.
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const alive = (): number => {
      // The second time waits for what the first time set free.
      collect();
      collect();
      const { external, heapUsed } = process.memoryUsage();
      return external + heapUsed;
    };
    const before = alive();
    let most = before;
    let looks = 0;
    const look = (): void => {
      most = Math.max(most, alive());
      looks++;
    };
    const answer = await new Promise<string>((resolve, reject) => {
      const sending = request(
        {
          port: world.server.port,
          method: 'POST',
          path: `/api/v0/companies/${company}/collections/${collection}/resources`,
          headers: {
            Host: tenant.host,
            ...bearer(tenant.token),
            'Content-Type': multipartType,
            'Content-Length': head.length + size + multipartEnd.length,
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        },
      );
      sending.on('error', reject);
      void (async () => {
        sending.write(head);
        for (let i = 0; i < size / mebi; i++) {
          hash.update(piece);
          if (!sending.write(piece)) await once(sending, 'drain');
          if (i % 6 === 5) look();
        }
        sending.end(multipartEnd);
      })();
    });
    const { resource } = JSON.parse(answer).response as { resource: Row };
    assert.equal(resource.size, String(size));
    // And back, with nobody holding all of it.
    const digest = await new Promise<[string, number]>((resolve, reject) => {
      request(
        {
          port: world.server.port,
          path: `/api/v0/resources/${resource.id}/download`,
          headers: { Host: tenant.host, ...bearer(tenant.token) },
        },
        (response) => {
          const got = createHash('sha256');
          let length = 0;
          response.on('data', (chunk: Buffer) => {
            got.update(chunk);
            if (Math.floor((length + chunk.length) / (6 * mebi)) > Math.floor(length / (6 * mebi))) look();
            length += chunk.length;
          });
          response.on('end', () => resolve([got.digest('hex'), length]));
        },
      )
        .on('error', reject)
        .end();
    });
    assert.deepEqual(digest, [hash.digest('hex'), size]);
    const grown = most - before;
    assert.equal(looks, 10);
    assert.ok(grown < 8 * mebi, `it grew by ${Math.round(grown / mebi)} MiB`);
  });

  test('an upload that is cut off leaves nothing, and its request is not executed', async () => {
    const [rows, files] = [await contents(tenant), await kept()];
    for (const ending of ['destroy', 'end'] as const) {
      const socket = connect(world.server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        [
          `POST /api/v0/companies/${company}/collections/${collection}/resources HTTP/1.1`,
          `Host: ${tenant.host}`,
          `Authorization: Bearer ${tenant.token}`,
          `Content-Type: ${multipartType}`,
          'Content-Length: 1000000',
          '',
          partHead({ name: 'resource', filename: 'half.bin' }),
        ].join('\r\n'),
      );
      socket.write(Buffer.alloc(200_000, 'x'));
      for (let i = 0; i < 100 && (await kept()).length === files.length; i++) await sleep(10);
      assert.equal((await kept()).length, files.length + 1, 'it is under way');
      socket.on('error', () => {});
      socket[ending]();
      await settled(files);
      socket.destroy();
    }
    assert.deepEqual(await contents(tenant), rows);
    // A body that ends before its last boundary does.
    const { headers, body } = multipart({ name: 'resource', filename: 'a', content: 'abc' });
    const short = (body as Buffer).subarray(0, -10);
    const reply = await leavesNothing(
      () =>
        tenant.send({
          method: 'POST',
          path: `/api/v0/companies/${company}/collections/${collection}/resources`,
          headers: { ...bearer(tenant.token), ...headers },
          body: short,
        }),
      'body.malformed',
    );
    assert.equal(reply.http, 400);
  });

  test('leftovers are swept when they are old', async () => {
    const incoming = join(folder, '.incoming');
    await mkdir(incoming, { recursive: true });
    const [old, young] = [join(incoming, 'old'), join(incoming, 'young')];
    await writeFile(old, 'x');
    await writeFile(young, 'x');
    await utimes(old, new Date(Date.now() - 3_600_000), new Date(Date.now() - 3_600_000));
    assert.equal(await world.server.world.files.sweep(), 1);
    assert.deepEqual(await readdir(incoming), ['young']);
  });

  test("another deployment's ids and keys open nothing", async () => {
    const other = await world.tenant();
    const { id } = await uploaded({ content: 'secret of planet express' });
    // The same id there, and even the same key.
    const { store } = world.server.world;
    const row = await store.find(tenant.deployment.id, 'resources', ['content', 'filesize', 'sha256'], {
      id: Number(id),
    });
    await other.put('resources', { id: Number(id), title: 'stolen', ...row });
    for (const path of [`resources/${id}/download`, `resources/${Number(id) + 7}/download`]) {
      const reply = await other.send({ path: `/api/v0/${path}`, headers: bearer(other.token) });
      assert.notEqual(reply.http, 200);
      assert.ok(!reply.text.includes('secret'));
    }
    const [theirs, into, file] = [900_001, 900_002, 900_003];
    await other.put('companies', { id: theirs, name: 'Theirs' });
    await other.put('collections', { id: into, title: 'x', against_type: 'company', against_id: theirs });
    await other.put('resources', { id: file, title: 'theirs', collection: into });
    for (const [at, collection_id] of [
      [theirs, into],
      [company, into],
      [theirs, collection],
    ]) {
      const path = `/api/v0/companies/${at}/collections/${collection_id}/resources`;
      await leavesNothing(() => upload({}, { path }), 'object.missing');
    }
    assert.equal((await tenant.get(`/api/v0/companies/${theirs}/collections`)).cause, 'object.missing');
    assert.equal((await tenant.get(`/api/v0/resources/${file}/download`)).cause, 'object.missing');
    assert.deepEqual(
      (await tenant.get(`/api/v0/resources?_filters=collection_id(${into})`)).json.response,
      [],
    );
  });

  test('a row without its file, and a file that is gone', async () => {
    const bare = await tenant.put('resources', { title: 'loaded without its file' });
    assert.match((await download(String(bare))).text, /the file of resource/);
    const { id } = await uploaded({ content: 'to be lost' });
    const row = await world.server.world.store.find(tenant.deployment.id, 'resources', ['content'], {
      id: Number(id),
    });
    await world.server.world.files.remove(tenant.deployment.id, String(row?.content));
    const reply = await download(id);
    assert.equal(reply.headers['x-status'], 'server_error');
    assert.equal(world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because, 'data.corrupt');
  });

  test('the file of an expense is its resource', async () => {
    const type = await tenant.put('expense_types', { title: 'Fuel' });
    const expense: Part[] = Object.entries({
      title: 'Dark matter',
      against_type: 'company',
      against_id: company,
      unit_cost: '12.5',
      quantity: '2',
      type_id: String(type),
    }).map(([name, content]) => ({ name, content }));
    const send = (...parts: Part[]) => {
      const { headers, body } = multipart(...parts);
      const path = '/api/v0/expenses?_fields=title,resource(title,filesize)';
      return tenant.send({ method: 'POST', path, headers: { ...bearer(tenant.token), ...headers }, body });
    };
    const receipt = { name: 'file', filename: 'receipt.png', type: 'image/png', content: 'png' };
    const made = await send(...expense, receipt);
    assert.equal(made.http, 200, made.text);
    const { resource } = JSON.parse(made.text).response as { resource: Row };
    assert.deepEqual(resource, { id: resource.id as string, title: 'receipt.png', filesize: '3' });
    assert.equal((await download(resource.id)).text, 'png');
    assert.equal(JSON.parse((await send(...expense)).text).response.resource, null);
    await leavesNothing(() => send(...expense.slice(1), receipt), 'parameter.missing');
  });

  test('whoever may read an activity may read its file', async () => {
    const fry = await tenant.issue({ staff: tenant.restricted });
    const send = (visibility: string) => {
      const { headers, body } = multipart(
        { name: 'subject', content: 'Meeting' },
        { name: 'visibility', content: visibility },
        { name: 'file', filename: 'notes.txt', type: 'text/plain', content: visibility },
      );
      return tenant.send({
        method: 'POST',
        path: '/api/v0/activities',
        headers: { ...bearer(tenant.token), ...headers },
        body,
      });
    };
    for (const visibility of ['all', 'confidential', 'private']) {
      const made = await send(visibility);
      assert.equal(made.http, 200, made.text);
      const activity = (JSON.parse(made.text).response as Row).id;
      const path = `/api/v0/resources?_filters=activity_id(${activity})`;
      const listed = (await tenant.get(path)).json.response as Row[];
      assert.deepEqual(
        listed.map(({ title }) => title),
        ['notes.txt'],
      );
      assert.equal((await download(listed[0]?.id)).text, visibility);
      const asFry = async () =>
        [
          JSON.parse((await tenant.send({ path, headers: bearer(fry) })).text).response.length,
          (await tenant.send({ path: `/api/v0/resources/${listed[0]?.id}/download`, headers: bearer(fry) }))
            .http,
        ] as const;
      assert.deepEqual(await asFry(), visibility === 'all' ? [1, 200] : [0, 400], visibility);
      await tenant.api('PUT', `/api/v0/activities/${activity}`, { visibility: 'all' });
      assert.deepEqual(await asFry(), [1, 200]);
    }
    const { headers, body } = multipart({ name: 'file', filename: 'notes.txt', content: 'no subject' });
    const sending = {
      method: 'POST',
      path: '/api/v0/activities',
      headers: { ...bearer(tenant.token), ...headers },
      body,
    };
    await leavesNothing(() => tenant.send(sending), 'parameter.missing');
  });
});

onEveryEngine('files past the limit', (engine) => {
  test('too large: declared, sent in pieces, and the disk is left as it was', async () => {
    const world = await startWorld(engine, { 'upload-limit': '1' });
    try {
      const tenant = await world.tenant();
      const { id } = (await tenant.post('/api/v0/companies', { name: 'Big' })).json.response as Row;
      const { collections } = (await tenant.get(`/api/v0/companies/${id}/collections`)).json.response as {
        collections: Row[];
      };
      const path = `/api/v0/companies/${id}/collections/${collections[0]?.id}/resources`;
      const send = (size: number, more: Record<string, string> = {}) => {
        const { headers, body } = multipart({ name: 'resource', filename: 'a', content: Buffer.alloc(size) });
        return tenant.send({
          method: 'POST',
          path,
          headers: { ...bearer(tenant.token), ...headers, ...more },
          body,
        });
      };
      assert.equal((await send(mebi - 1_000)).http, 200);
      const rows = await contents(tenant);
      const declared = await send(3 * mebi);
      assert.equal(declared.headers['x-status'], 'invalid_request');
      assert.match(declared.text, /larger than/);
      const beyond = await send(mebi);
      assert.match(beyond.text, /larger than/);
      assert.deepEqual(await contents(tenant), rows);
      const folder = join(world.database.data, 'files');
      await sleep(100);
      assert.deepEqual(await readdir(join(folder, '.incoming')), []);
      assert.equal(
        (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
          .length,
        1,
      );
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
