import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { FileMissing, type Files, FilesAway } from '../../src/files/files.ts';
import { folderFiles } from '../../src/files/folder.ts';
import { s3Files } from '../../src/files/s3.ts';
import { readS3Url } from '../../src/files/s3-url.ts';
import { readConfig } from '../../src/server/config.ts';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { multipart } from '../harness/multipart.ts';
import { type S3Server, startS3 } from '../harness/s3-server.ts';
import { bearer } from '../harness/scenario.ts';
import { startWorld } from '../harness/world.ts';

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalr/XUtn+FEMI',
  region: 'eu-central-1',
};
const placeOn = (endpoint: string, prefix = '/attachments'): string =>
  `s3://${credentials.accessKeyId}:${encodeURIComponent(credentials.secretAccessKey)}@planet-express${prefix}?region=${credentials.region}&endpoint=${endpoint}`;

let folder: string;
let s3: S3Server;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-files-'));
  s3 = await startS3(credentials);
});
after(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const room = 4 * 2 ** 20;
const kinds: Readonly<Record<string, () => { files: Files; incoming: string }>> = {
  folder: () => ({
    files: folderFiles({ folder: join(folder, 'kept'), room }),
    incoming: join(folder, 'kept/.incoming'),
  }),
  s3: () => {
    const incoming = join(folder, 'incoming');
    return { files: s3Files({ ...readS3Url(placeOn(s3.endpoint), {}), incoming, room }), incoming };
  },
};

for (const [name, make] of Object.entries(kinds)) {
  describe(`the promises of files: ${name}`, () => {
    const contentOf = async (files: Files, ...where: Parameters<Files['open']>): Promise<string> => {
      const { content, length } = await files.open(...where);
      const bytes = await buffer(content);
      assert.equal(bytes.length, length);
      return bytes.toString();
    };
    const put = (files: Files, text: string | Buffer) => files.put(Readable.from([Buffer.from(text)]));
    const waiting = (incoming: string): Promise<string[]> => readdir(incoming).catch(() => []);

    test('what was kept is opened, whole and in parts, until it is removed', async () => {
      const { files, incoming } = make();
      const bytes = randomBytes(1_500_000);
      const staged = await files.put(Readable.from([bytes.subarray(0, 700_001), bytes.subarray(700_001)]));
      assert.equal(staged.size, bytes.length);
      assert.equal(staged.sha256, createHash('sha256').update(bytes).digest('hex'));
      assert.equal((await waiting(incoming)).length, 1);
      const key = await staged.keep(7);
      assert.deepEqual(await waiting(incoming), []);
      assert.ok((await buffer((await files.open(7, key)).content)).equals(bytes));
      const part = await buffer((await files.open(7, key, { start: 699_999, end: 700_010 })).content);
      assert.ok(part.equals(bytes.subarray(699_999, 700_011)));
      await staged.drop();
      assert.ok((await buffer((await files.open(7, key)).content)).equals(bytes), 'a drop comes too late');
      await files.remove(7, key);
      await assert.rejects(files.open(7, key), FileMissing);
      await files.remove(7, key);
      await files.close();
    });

    test('an empty file is a file', async () => {
      const { files } = make();
      const staged = await files.put(Readable.from([]));
      assert.equal(staged.size, 0);
      const key = await staged.keep(1);
      assert.equal(await contentOf(files, 1, key), '');
      await files.close();
    });

    test('what is dropped, and what breaks off, leaves nothing', async () => {
      const { files, incoming } = make();
      const staged = await put(files, 'x');
      await staged.drop();
      await staged.drop();
      const broken = new Readable({ read() {} });
      broken.push(Buffer.alloc(100_000));
      setTimeout(() => broken.destroy(new Error('gone')), 20);
      await assert.rejects(files.put(broken), /gone/);
      assert.deepEqual(await waiting(incoming), []);
      await files.close();
    });

    test('uploads under way share a room, and give it back', async () => {
      const { files, incoming } = make();
      const first = await put(files, Buffer.alloc(3 * 2 ** 20));
      await assert.rejects(put(files, Buffer.alloc(2 * 2 ** 20)), FilesAway);
      assert.equal((await waiting(incoming)).length, 1);
      await first.drop();
      await (await put(files, Buffer.alloc(4 * 2 ** 20))).drop();
      assert.deepEqual(await waiting(incoming), []);
      await files.close();
    });

    test('a key is of its deployment, and leads nowhere else', async () => {
      const { files } = make();
      const key = await (await put(files, 'mine')).keep(1);
      await assert.rejects(files.open(2, key), FileMissing);
      await files.remove(2, key);
      assert.equal(await contentOf(files, 1, key), 'mine');
      for (const wrong of [
        '',
        '..',
        `../1/${key}`,
        `${key}/`,
        key.toUpperCase(),
        `${key.slice(1)}\0`,
        `%2e%2e/1/${key}`,
      ])
        if (wrong !== key) await assert.rejects(files.open(1, wrong), FileMissing, wrong);
      await files.close();
    });
  });
}

describe('S3', () => {
  const filesWith = (place: string) =>
    s3Files({ ...readS3Url(place, {}), incoming: join(folder, 'incoming'), room });

  test('objects lie below the prefix and the deployment; a stumble is asked again', async () => {
    const files = filesWith(placeOn(s3.endpoint));
    const staged = await files.put(Readable.from([Buffer.from('abc')]));
    s3.stumble = 2;
    s3.log.length = 0;
    const key = await staged.keep(12);
    assert.deepEqual(s3.log, ['PUT 503', 'PUT 503', 'PUT 200']);
    assert.equal(String(s3.objects.get(`/planet-express/attachments/12/${key}`)), 'abc');
    await files.close();
  });

  test('a wrong secret, and nobody there, are FilesAway; nothing waits afterwards', async () => {
    const wrong = filesWith(placeOn(s3.endpoint).replace('wJalr', 'wrong'));
    const nobody = filesWith(placeOn('http://127.0.0.1:1'));
    for (const files of [wrong, nobody]) {
      const staged = await files.put(Readable.from([Buffer.from('abc')]));
      await assert.rejects(staged.keep(1), FilesAway);
      await assert.rejects(files.open(1, '0'.repeat(32)), FilesAway);
      await files.close();
    }
    assert.deepEqual(await readdir(join(folder, 'incoming')), []);
  });

  test('over HTTP: up, down, in parts, and storage that is away is server_error', async () => {
    const world = await startWorld(sqlite, { files: placeOn(s3.endpoint, '') });
    try {
      const tenant = await world.tenant();
      const { id } = (await tenant.post('/api/v0/companies', { name: 'Slurm' })).json.response as {
        id: string;
      };
      const { collections } = (await tenant.get(`/api/v0/companies/${id}/collections`)).json.response as {
        collections: { id: string }[];
      };
      const send = () => {
        const { headers, body } = multipart({ name: 'resource', filename: 'a.txt', content: '0123456789' });
        const path = `/api/v0/companies/${id}/collections/${collections[0]?.id}/resources`;
        return tenant.send({ method: 'POST', path, headers: { ...bearer(tenant.token), ...headers }, body });
      };
      const before = s3.objects.size;
      const sent = await send();
      assert.equal(sent.http, 200, sent.text);
      assert.equal(s3.objects.size, before + 1);
      const path = `/api/v0/resources/${JSON.parse(sent.text).response.resource.id}/download`;
      const get = (headers = {}) => tenant.send({ path, headers: { ...bearer(tenant.token), ...headers } });
      assert.equal((await get()).text, '0123456789');
      const part = await get({ Range: 'bytes=2-4' });
      assert.deepEqual([part.http, part.text, part.headers['content-range']], [206, '234', 'bytes 2-4/10']);
      for (const work of [send, get]) {
        s3.stumble = 3;
        const reply = await work();
        assert.equal(reply.headers['x-status'], 'server_error');
        assert.equal(
          world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because,
          'store.unreachable',
        );
      }
      assert.equal(s3.objects.size, before + 1);
      assert.deepEqual((await tenant.get('/api/v0/resources/count')).json.response, { count: '1' });
    } finally {
      closeConnections();
      await world.close();
    }
  });
});

describe('where files are kept', () => {
  const config = (place: string | undefined, environment = {}) =>
    readConfig({ data: '/srv/accord', ...(place === undefined ? {} : { files: place }) }, environment).files;

  test('beside the database unless told, a folder, or a bucket', () => {
    assert.deepEqual(config(undefined), { folder: '/srv/accord/files' });
    assert.deepEqual(config('/mnt/files'), { folder: '/mnt/files' });
    const aws = {
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_SESSION_TOKEN: 'c',
      AWS_REGION: 'us-west-2',
    };
    assert.deepEqual(config('s3://bucket', aws), {
      s3: {
        base: 'https://bucket.s3.us-west-2.amazonaws.com',
        prefix: '',
        region: 'us-west-2',
        accessKeyId: 'a',
        secretAccessKey: 'b',
        sessionToken: 'c',
      },
    });
    assert.deepEqual(readConfig({}, { ACCORD_FILES: placeOn('https://s3.example/x/', '/a/b/') }).files, {
      s3: {
        base: 'https://s3.example/x/planet-express',
        prefix: 'a/b/',
        ...credentials,
        sessionToken: undefined,
      },
    });
  });

  test('a place that cannot be used is named, and no secret is told', () => {
    const bad: [string, RegExp][] = [
      ['s3://bucket', /credentials are wanted/],
      ['s3://', /s3:\/\//],
      ['ftp://secret@bucket', /s3:\/\//],
      ['s3://k:secret@b/../../x%20y', /prefix|bucket/],
      ['s3://k:secret@bucket?regoin=x', /only region and endpoint/],
      ['s3://k:secret@bucket?endpoint=ftp://x', /endpoint/],
      ['s3://k:secret@bucket?region=Über', /region/],
    ];
    for (const [place, reason] of bad) {
      assert.throws(
        () => config(place),
        (error: Error) =>
          reason.test(error.message) &&
          error.message.includes('ACCORD_FILES') &&
          !error.message.includes('secret@'),
        place,
      );
    }
  });

  test('a server whose folder cannot be made still answers', async () => {
    const file = join(folder, 'no-folder');
    await writeFile(file, '');
    const world = await startWorld(sqlite, { files: join(file, 'below') });
    try {
      const tenant = await world.tenant();
      assert.equal((await tenant.get('/api/v0/resources')).http, 200);
    } finally {
      closeConnections();
      await world.close();
    }
  });
});
