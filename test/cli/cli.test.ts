import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadCatalogue } from '../../src/catalogue/catalogue.ts';
import type { Resource } from '../../src/catalogue/resource.ts';
import { causes } from '../../src/contract/causes.ts';
import { statuses } from '../../src/contract/statuses.ts';
import { columnsOf, ownField } from '../../src/transfer/columns.ts';
import { inOrderOfLinks } from '../../src/transfer/order.ts';
import { type Prepared, prepareAll } from '../../src/transfer/prepare.ts';
import { Problems } from '../../src/transfer/problems.ts';
import { readObjects } from '../../src/transfer/read-file.ts';
import { type Database, onEveryEngine } from '../harness/engines.ts';

const accord = join(import.meta.dirname, '../../src/cli/start.js');

interface Ended {
  /** Or the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function start(args: readonly string[], { environment = {} }: Running = {}): ChildProcess {
  return spawn(process.execPath, [accord, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
  });
}

async function run(args: readonly string[], running: Running = {}): Promise<Ended> {
  const child = start(args, running);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin?.on('error', () => {}).end(running.input ?? '');
  const code = await new Promise<number | string | null>((done) =>
    child.once('close', (code, signal) => done(code ?? signal)),
  );
  return { code, out, err };
}

/** The one line that a command which failed says. */
function saidBy(ended: Ended, code: 1 | 2): string {
  assert.equal(ended.code, code, ended.err);
  assert.equal(ended.out, '');
  assert.match(ended.err, /^accord: [^\n]+\n$/);
  return ended.err;
}

async function jsonOf<T>(args: readonly string[], running: Running = {}): Promise<T> {
  const ended = await run(args, running);
  assert.equal(ended.code, 0, ended.err);
  return JSON.parse(ended.out) as T;
}

describe('accord', () => {
  test('status lists every status, and tells a cause of a unique field', async () => {
    const listed = await jsonOf<{ status: string; causes: string[] }[]>(['status', '--json']);
    assert.deepEqual(
      listed.map(({ status }) => status),
      Object.keys(statuses),
    );
    assert.deepEqual(listed.flatMap((each) => each.causes).sort(), Object.keys(causes).sort());
    const table = await run(['status']);
    for (const name of Object.keys(statuses)) assert.match(table.out, new RegExp(`^${name} `, 'm'));
    const cause = await jsonOf<Record<string, unknown>>(['status', 'username.taken', '--json']);
    assert.deepEqual([cause.cause, cause.status, cause.http], ['username.taken', 'duplicate', 400]);
    const told = await run(['status', 'invalid_grant']);
    assert.match(told.out, /grant\.expired/);
    assert.match(told.out, new RegExp(statuses.invalid_grant.advice));
  });

  test('status names the nearest of a name there is not', async () => {
    assert.match(saidBy(await run(['status', 'invalid_grnt']), 1), /did you mean invalid_grant or/);
  });

  test('what is wrong with a command line is named, with exit code 2', async () => {
    const cases: readonly [readonly string[], RegExp, Running?][] = [
      [['serve', '--prot', '1'], /unknown option '--prot'.*--port/],
      [['serve', '--port', 'high'], /--port \(ACCORD_PORT\) is "high"/],
      [
        ['serve'],
        /--lockout-window \(ACCORD_LOCKOUT_WINDOW\) is "soon"/,
        { environment: { ACCORD_LOCKOUT_WINDOW: 'soon' } },
      ],
      [['serve', '--sample'], /--sample is for a sandbox only/],
      [['serve', '--sandbox', '--sample', 'huge'], /one of small, large, people is wanted/],
      [['serve', '--sandbox', '--sample', '--sample-ids', '0'], /a whole number from 1 to/],
      [['serve', '--sandbox', '--sample-ids', '5'], /--sample-ids is about the sample/],
      [['serve', '--sandbox'], /NODE_ENV is production/, { environment: { NODE_ENV: 'production' } }],
      [['sevre'], /unknown command 'sevre'.*serve/],
      [['deployment', 'create'], /missing required argument 'name'; see accord deployment create --help/],
      [['sandbox', 'clock', 'advance'], /see accord sandbox clock advance --help/],
      [['application', 'create', '--type', 'wob', '--name', 'x', '--staff', '1'], /service, web, installed/],
      [['staff', 'create'], /required option '--username/],
      [['deployment', 'list', '--data', ':memory:'], /name a folder/],
      [['deployment', 'list', '--database-url', 'mysql://x'], /postgres:/],
      [['call', 'login', '--client-id', 'x'], /--url is missing/],
    ];
    await Promise.all(
      cases.map(async ([args, expected, running]) =>
        assert.match(saidBy(await run(args, running), 2), expected, args.join(' ')),
      ),
    );
    const bare = await run([]);
    assert.equal(bare.code, 2);
    assert.match(bare.err, /Usage: accord/);
    const help = await run(['help', 'serve']);
    assert.equal(help.code, 0);
    assert.match(help.out, /--lockout-attempts <number>[\s\S]*ACCORD_LOCKOUT_ATTEMPTS/);
  });

  test('a mistyped --data makes no database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    const data = join(folder, 'mistyped');
    assert.match(
      saidBy(await run(['staff', 'list', '--data', data]), 1),
      /there is no database in .*mistyped/,
    );
    assert.equal(existsSync(data), false);
    await rm(folder, { recursive: true });
  });

  test('a database that is away is told within seconds', async () => {
    const url = 'postgres://somebody:secret@127.0.0.1:1/nothing';
    const said = saidBy(await run(['deployment', 'list', '--database-url', url]), 1);
    assert.match(said, /127\.0\.0\.1:1\/nothing cannot be reached/);
    assert.doesNotMatch(said, /secret/);
  });

  test('nothing is coloured but at a terminal', async () => {
    const { out } = await run(['status', 'ok']);
    assert.ok(!out.includes('\u001b'));
  });
});

describe('rows of a file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  const prepared = async (content: unknown): Promise<readonly Prepared[]> => {
    const path = join(folder, 'rows');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    const catalogue = await loadCatalogue();
    const problems = new Problems();
    const found = await readObjects(path, catalogue, problems);
    const rows = await prepareAll(found, catalogue, undefined, { problems, onRow: () => {} });
    problems.throwIfSome();
    return rows;
  };

  test('what is wrong is named with its place and its parameter', async () => {
    const cases: readonly [unknown, RegExp][] = [
      [
        { companies: [{ name: 'ok' }, { nmae: 'x' }] },
        /^companies\[1\]: The parameter nmae is not valid: companies have no such field/,
      ],
      [
        { companies: [{ name: 'ok' }, { website: 'x' }] },
        /^companies\[1\]: A required parameter is missing: name\./,
      ],
      [{ companies: [{ name: 'ok', id: 0 }] }, /The parameter id is not valid: a whole number from 1/],
      [
        { companies: [{ name: 'ok', date_created: 'soon' }] },
        /^companies\[0\]: The parameter date_created is not valid: a unix time/,
      ],
      [{ companies: [{ name: ['ok'] }] }, /^companies\[0\]: The parameter name is not valid/],
      [
        { contacts: [{ firstname: 'x', surname: 'x', company_id: 'x' }] },
        /^contacts\[0\]: The parameter company_id is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', access: 'king' }] },
        /^staff\[0\]: The parameter access is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', access: { jbos: 'none' } }] },
        /there is no resource jbos/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', password: 7 }] },
        /^staff\[0\]: The parameter password is not valid/,
      ],
      [
        { staff: [{ username: 'x', firstname: 'x', surname: 'x', email: 'x', password: '7' }] },
        /^staff\[0\]: The parameter password is not valid: it has fewer than 8 characters/,
      ],
      [{ compnies: [{ name: 'ok' }] }, /no resource named compnies: did you mean companies\?/],
      [{ companies: [7] }, /^companies\[0\] is no object/],
      [
        '{"resource":"companies","name":"ok"}\n\n{"companies":{"name":"x","status_id":"y"}}\n',
        /^line 3 \(companies\): The parameter status_id is not valid/,
      ],
      ['{"resource":"companies","name":"ok"}\nnonsense', /^line 2 is no JSON object/],
      ['{"companies": [', /neither an object of lists/],
      ['[]', /it is a list/],
      [' \n', /is empty/],
    ];
    for (const [content, expected] of cases)
      await assert.rejects(prepared(content), { name: 'Failure', message: expected });
    const catalogue = await loadCatalogue();
    await assert.rejects(readObjects(join(folder, 'nothing'), catalogue, new Problems()), {
      name: 'Failure',
      message: /^there is no file .*nothing/,
    });
    await assert.rejects(readObjects(folder, catalogue, new Problems()), {
      name: 'Failure',
      message: /cannot be read/,
    });
  });

  test('JSON and NDJSON say the same', async () => {
    const companies = [
      { id: 1, name: 'Planet Express' },
      { name: 'MomCorp', status: { id: '4' }, breadcrumbs: [] },
    ];
    const forms = [
      { companies },
      `\ufeff${JSON.stringify({ companies }, null, 2)}`,
      companies.map((row) => JSON.stringify({ resource: 'companies', ...row })).join('\n\n'),
      companies.map((row) => JSON.stringify({ companies: row })).join('\r\n'),
      `${JSON.stringify({ companies: [companies[0]] })}\n${JSON.stringify({ companies: [companies[1]] })}`,
    ];
    for (const form of forms) {
      const rows = await prepared(form);
      assert.deepEqual(
        rows.map(({ resource, id, values }) => [resource.name, id, { ...values }]),
        [
          ['companies', 1, { name: 'Planet Express' }],
          ['companies', undefined, { name: 'MomCorp', status: 4 }],
        ],
      );
    }
  });

  test('every column of every resource can be named as a dump names it', async () => {
    const { resources } = await loadCatalogue();
    for (const resource of resources.values()) {
      for (const { written, name } of columnsOf(resource))
        assert.equal(ownField(resource, written), name, `${resource.name}.${written}`);
    }
  });

  test('a parent comes before what belongs to it', async () => {
    const catalogue = await loadCatalogue();
    const order = inOrderOfLinks(catalogue).map(({ name }) => name);
    assert.deepEqual([...order].sort(), [...catalogue.resources.keys()].sort());
    for (const [first, second] of [
      ['company_statuses', 'companies'],
      ['companies', 'affiliations'],
      ['contacts', 'affiliations'],
      ['companies', 'addresses'],
      ['states', 'addresses'],
    ]) {
      assert.ok(order.indexOf(first as string) < order.indexOf(second as string), `${first} < ${second}`);
    }
  });
});

onEveryEngine('accord', (engine) => {
  let database: Database;
  let folder: string;
  let at: readonly string[];

  before(async () => {
    database = await engine.create('full');
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    at = [
      '--data',
      database.data,
      ...(database.databaseUrl === undefined ? [] : ['--database-url', database.databaseUrl]),
    ];
  });
  after(async () => {
    await database.release();
    await rm(folder, { recursive: true });
  });

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const load = async (deployment: string, content: unknown, more: readonly string[] = []): Promise<Ended> =>
    run([
      'load',
      await file('load.json', typeof content === 'string' ? content : JSON.stringify(content)),
      '--deployment',
      deployment,
      ...more,
      ...at,
    ]);
  const dump = async (deployment: string, ...more: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(['dump', '--deployment', deployment, ...more, ...at]);
    assert.equal(code, 0, err);
    return out;
  };
  const create = async (name: string): Promise<void> => {
    const { code, err } = await run(['deployment', 'create', name, ...at]);
    assert.equal(code, 0, err);
  };

  test('deployments are created, listed and disabled', async () => {
    const made = await jsonOf<Record<string, unknown>>([
      'deployment',
      'create',
      'planet-express',
      '--title',
      'Planet Express',
      '--json',
      ...at,
    ]);
    assert.deepEqual(made, {
      id: made.id,
      name: 'planet-express',
      title: 'Planet Express',
      disabled: false,
      statuses: 'older',
      currency: '$',
      timezone: 'UTC',
    });
    assert.match(
      saidBy(await run(['deployment', 'create', 'planet-express', ...at]), 1),
      /planet-express exists already/,
    );
    assert.match(
      saidBy(await run(['deployment', 'create', 'Planet Express', ...at]), 1),
      /lower-case letters/,
    );
    assert.equal((await run(['deployment', 'disable', 'planet-express', ...at])).code, 0);
    assert.deepEqual(await jsonOf(['deployment', 'list', '--json', ...at]), [{ ...made, disabled: true }]);
    assert.equal((await run(['deployment', 'enable', 'planet-express', ...at])).code, 0);
    assert.match(
      (await run(['deployment', 'list', ...at])).out,
      /planet-express +Planet Express +older +enabled/,
    );
    assert.match(
      saidBy(await run(['deployment', 'disable', 'nowhere', ...at]), 1),
      /no deployment named nowhere/,
    );
  });

  test('people, applications and tokens of the only deployment', async () => {
    const person = ['--firstname', 'Hermes', '--surname', 'Conrad', '--email', 'hermes@example.com'];
    const hermes = await jsonOf<Record<string, unknown>>(
      [
        'staff',
        'create',
        '--username',
        'hermes',
        ...person,
        '--access',
        'admin',
        '--password-stdin',
        '--json',
        ...at,
      ],
      { input: 'good news everyone\n' },
    );
    assert.deepEqual(
      [hermes.username, hermes.standing, hermes.access],
      ['hermes', 'active', { everything: 'admin' }],
    );
    const taken = await run([
      'staff',
      'create',
      '--username',
      'hermes',
      ...person,
      '--password',
      'bite my shiny',
      ...at,
    ]);
    assert.match(saidBy(taken, 1), /Staff: staff with that username already exists\./);
    const amy = ['--username', 'amy', '--firstname', 'Amy', '--surname', 'Wong'];
    for (const [email, password, said] of [
      ['amy@example.com', 'x', /the password was not taken: it has fewer than 8 characters/],
      ['amy@example.com', 'Password', /one of the passwords that are guessed first/],
      ['amy@example.com', 'amy@example.com', /it is the username or the email address/],
      ['notanemail', 'bite my shiny', /--email is not an email address/],
      ['amy@', 'bite my shiny', /--email is not an email address/],
      ['@example.com', 'bite my shiny', /--email is not an email address/],
      ['amy@wong@example.com', 'bite my shiny', /--email is not an email address/],
      ['amy wong@example.com', 'bite my shiny', /--email is not an email address/],
      [`amy@${'x'.repeat(251)}`, 'bite my shiny', /--email is not an email address/],
    ] as const) {
      const words = ['staff', 'create', ...amy, '--email', email, '--password', password, ...at];
      assert.match(saidBy(await run(words), 1), said, `${email} ${password}`);
    }
    for (const [flags, said] of [
      [['--password', 'iloveyou'], /guessed first/],
      [['--password', 'hermes'], /fewer than 8/],
      [['--email', 'hermes'], /not an email address/],
    ] as const)
      assert.match(saidBy(await run(['staff', 'set', 'hermes', ...flags, ...at]), 1), said);
    // The longest address there may be.
    const longest = `h@${'x'.repeat(252)}`;
    assert.equal((await run(['staff', 'set', 'hermes', '--email', longest, ...at])).code, 0);
    const usual = ['staff', 'set', 'hermes', '--email', 'hermes@example.com', ...at];
    assert.equal((await run(usual)).code, 0);
    assert.match(
      saidBy(await run(['staff', 'create', '--username', 'amy', ...person, ...at]), 2),
      /--password is missing/,
    );
    assert.match(
      saidBy(await run(['staff', 'set', 'hermes', '--access', 'companis=none', ...at]), 2),
      /did you mean companies\?/,
    );
    assert.match(saidBy(await run(['staff', 'set', 'hermes', ...at]), 2), /nothing to set/);
    assert.match(
      saidBy(await run(['staff', 'set', 'nobody', '--email', 'x', ...at]), 1),
      /no staff member nobody/,
    );
    const set = [
      'staff',
      'set',
      'hermes',
      '--access',
      'standard',
      '--access',
      'companies=none',
      '--standing',
      'inactive',
      '--json',
      ...at,
    ];
    const changed = await jsonOf<Record<string, unknown>>(set);
    assert.deepEqual(changed, {
      ...hermes,
      standing: 'inactive',
      access: { everything: 'standard', companies: 'none' },
    });
    assert.deepEqual(await jsonOf(['staff', 'list', '--json', ...at]), [changed]);

    const service = [
      'application',
      'create',
      '--type',
      'service',
      '--name',
      'reports',
      '--staff',
      'hermes',
      '--default-scope',
      'write(all)',
    ];
    const made = await jsonOf<Record<string, string>>([
      ...service,
      '--allow-ip',
      '10.0.0.0/8',
      '--json',
      ...at,
    ]);
    assert.match(
      made.curl ?? '',
      /^curl -u '[0-9a-f]{10}@planet-express\.accelo\.com:[\w-]+' .*\/oauth2\/v0\/token'$/,
    );
    assert.match(
      saidBy(await run([...service, '--allow-ip', '10.0.0', ...at]), 1),
      /not an IP address or CIDR range/,
    );
    assert.match(
      saidBy(await run([...service, '--redirect-uri', 'https://x.example/', ...at]), 1),
      /has no redirect URI/,
    );
    assert.match(
      saidBy(await run([...service, '--default-scope', 'read(monkeys)', ...at]), 1),
      /there is no resource monkeys/,
    );
    const narrow = [
      '--type',
      'web',
      '--name',
      'calendar',
      '--staff',
      'hermes',
      '--redirect-uri',
      'https://a.example/',
    ];
    const limited = await jsonOf<Record<string, unknown>>([
      ...['application', 'create', ...narrow, '--allow-scope', 'read(tasks)', '--require-pkce'],
      ...['--json', ...at],
    ]);
    assert.deepEqual(
      [limited.allow_scope, limited.default_scope, limited.require_pkce],
      ['read(tasks)', 'read(tasks)', true],
    );
    assert.equal((await run(['application', 'disable', limited.client_id as string, ...at])).code, 0);
    const client = made.client_id as string;
    const rotated = await jsonOf<Record<string, string>>(['application', 'rotate', client, '--json', ...at]);
    assert.notEqual(rotated.client_secret, made.client_secret);
    const listed = await run(['application', 'list', '--json', ...at]);
    assert.ok(
      !listed.out.includes(made.client_secret as string) &&
        !listed.out.includes(rotated.client_secret as string),
    );
    assert.deepEqual(JSON.parse(listed.out).slice(0, 1), [
      {
        id: made.id,
        client_id: client,
        type: 'service',
        name: 'reports',
        staff_id: hermes.id,
        redirect_uris: [],
        allow_ips: ['10.0.0.0/8'],
        allow_domains: [],
        default_scope: 'write(all)',
        allow_scope: null,
        require_pkce: false,
        disabled: false,
      },
    ]);
    assert.equal((await run(['application', 'disable', client, ...at])).code, 0);
    assert.match((await run(['application', 'list', ...at])).out, /disabled/);
    assert.equal((await run(['application', 'enable', client, ...at])).code, 0);
    assert.match(
      saidBy(await run(['application', 'rotate', 'nobody', ...at]), 1),
      /no application with the client id nobody/,
    );

    const issue = ['token', 'issue', '--application', client];
    const token = await jsonOf<Record<string, string>>([
      ...issue,
      '--scope',
      'read(companies)',
      '--expires-in',
      '60',
      '--json',
      ...at,
    ]);
    assert.equal(token.access_token?.length, 64);
    assert.deepEqual([token.scope, token.expires_in, token.staff_id], ['read(companies)', 60, hermes.id]);
    assert.match(
      saidBy(await run([...issue, '--value', 'pinned', ...at]), 2),
      /--value is for a sandbox only/,
    );
    assert.match(saidBy(await run([...issue, '--expires-in', '-5', ...at]), 2), /--expires-in/);
    const pinned = await jsonOf<Record<string, string>>([...issue, '--value', 'pinned', '--json', ...at], {
      environment: { ACCORD_SANDBOX: '1' },
    });
    assert.deepEqual([pinned.access_token, pinned.scope], ['pinned', 'write(all)']);
    // A seed that runs twice finds what it made.
    const again = await jsonOf<Record<string, string>>([
      ...issue,
      '--value',
      'pinned',
      '--sandbox',
      '--expires-in',
      '5',
      '--json',
      ...at,
    ]);
    assert.deepEqual(
      [again.access_token, again.scope, again.date_expires],
      [pinned.access_token, pinned.scope, pinned.date_expires],
    );
    assert.match(
      saidBy(await run([...issue, '--value', 'pinned', '--scope', 'read(all)', '--sandbox', ...at]), 1),
      /exists already, for another scope/,
    );
    const valid = await jsonOf<Record<string, string>[]>(['token', 'list', '--json', ...at]);
    assert.deepEqual(valid.map(({ scope, state }) => [scope, state]).sort(), [
      ['read(companies)', 'valid'],
      ['write(all)', 'valid'],
    ]);
    assert.equal((await run(['token', 'revoke', 'pinned', ...at])).code, 0);
    assert.match(
      saidBy(await run([...issue, '--value', 'pinned', '--sandbox', ...at]), 1),
      /exists already, and it was revoked/,
    );
    const id = valid.find(({ scope }) => scope === 'read(companies)')?.id as string;
    assert.equal((await run(['token', 'revoke', ...at, '--', id])).code, 0);
    assert.deepEqual(await jsonOf(['token', 'list', '--json', ...at]), []);
    assert.equal((await jsonOf<unknown[]>(['token', 'list', '--all', '--json', ...at])).length, 2);
    assert.match(saidBy(await run(['token', 'revoke', 'nothing', ...at]), 1), /no such token/);
  });

  test('a sandbox pins the client id and the secret of an application, and nothing else does', async () => {
    const create = ['application', 'create', '--type', 'service', '--name', 'seeded', '--staff', 'hermes'];
    const pins = ['--client-id', 'seed@example', '--client-secret', 'no-secret-at-all'];
    const of = ['--deployment', 'planet-express', ...at];
    for (const [one, ...more] of [pins.slice(0, 2), pins.slice(2)] as [string, string][])
      assert.match(saidBy(await run([...create, one, ...more, ...of]), 2), /is for a sandbox only/);
    const made = await jsonOf<Record<string, string>>([...create, ...pins, '--sandbox', '--json', ...of]);
    assert.deepEqual([made.client_id, made.client_secret], ['seed@example', 'no-secret-at-all']);
    assert.match(saidBy(await run([...create, ...pins, '--sandbox', ...of]), 1), /exists already/);
    assert.match(
      saidBy(await run([...create, '--client-id', 'a:b', '--sandbox', ...of]), 2),
      /--client-id can have .* no colon/,
    );
  });

  test('lines to paste name the port where the sandbox listens', async () => {
    await writeFile(join(database.data, 'sandbox.json'), JSON.stringify({ url: 'http://localhost:45678' }));
    try {
      const create = ['application', 'create', '--type', 'service', '--name', 'x', '--staff', 'hermes'];
      const { curl } = await jsonOf<Record<string, string>>([
        ...create,
        ...['--json', '--deployment', 'planet-express', ...at],
      ]);
      assert.match(curl ?? '', /http:\/\/planet-express\.api\.localhost:45678\//);
    } finally {
      await rm(join(database.data, 'sandbox.json'));
    }
  });

  test('with several deployments, one has to be named', async () => {
    await create('other');
    assert.match(saidBy(await run(['staff', 'list', ...at]), 2), /--deployment \(planet-express, other\)/);
    assert.match(
      saidBy(await run(['staff', 'list', '--deployment', 'third', ...at]), 1),
      /no deployment named third/,
    );
    assert.deepEqual(
      await jsonOf(['staff', 'list', '--json', ...at], { environment: { ACCORD_DEPLOYMENT: 'other' } }),
      [],
    );
  });

  test('a loaded object is what a POST makes, and what it says besides; links may lead forward', async () => {
    await create('derived');
    const { code, err } = await load('derived', {
      companies: [
        { id: 7, name: 'Planet Express', default_affiliation: 3, parent_id: 9, date_created: 1000 },
        { id: 9, name: 'MomCorp', standing: 'lead', staff_bookmarked: true },
        { name: 'Wernstrom' },
      ],
      affiliations: [{ id: 3, company_id: 7, contact_id: 1, email: 'john@example.com' }],
      contacts: [
        { id: 1, firstname: 'John', surname: 'Zoidberg' },
        { firstname: 'Kif', surname: 'Kroker', company_id: 9, phone: '123' },
      ],
      company_statuses: [
        { id: 2, title: 'Active', standing: 'active', start: 'yes' },
        { id: 3, title: 'Lead', standing: 'lead' },
      ],
      staff: {
        username: 'fry',
        firstname: 'Philip',
        surname: 'Fry',
        email: 'fry@example.com',
        password: 'pizza pizza',
        staff_rate: '12.5',
      },
    });
    assert.equal(code, 0, err);
    const all = JSON.parse(await dump('derived')) as Record<string, Record<string, unknown>[]>;
    const brief = (name: string, ...keys: string[]) => all[name]?.map((row) => keys.map((key) => row[key]));
    assert.deepEqual(
      brief('companies', 'id', 'name', 'status_id', 'standing', 'default_affiliation_id', 'parent_id'),
      [
        [7, 'Planet Express', 2, 'active', 3, 9],
        [9, 'MomCorp', 3, 'lead', null, null],
        [10, 'Wernstrom', 2, 'active', null, null],
      ],
    );
    assert.equal(all.companies?.[0]?.date_created, 1000);
    assert.ok((all.companies?.[1]?.date_created as number) > 1_700_000_000);
    assert.deepEqual(brief('contacts', 'id', 'surname', 'default_affiliation_id'), [
      [1, 'Zoidberg', null],
      [2, 'Kroker', 4],
    ]);
    assert.deepEqual(brief('affiliations', 'id', 'company_id', 'contact_id', 'email', 'phone'), [
      [3, 7, 1, 'john@example.com', null],
      [4, 9, 2, null, '123'],
    ]);
    assert.deepEqual(brief('staff', 'username', 'staff_rate', 'access', 'password'), [
      ['fry', '12.50', { everything: 'standard' }, undefined],
    ]);
    // What was worked out (a reply to nothing has the parent 0) is said by the dump, and is taken as it is.
    assert.equal(
      (await load('derived', { activities: [{ subject: 'x', against_type: 'company', against_id: 7 }] }))
        .code,
      0,
    );
    await create('derived-again');
    const again = await dump('derived');
    const loaded = await load('derived-again', again);
    assert.equal(loaded.code, 0, loaded.err);
    assert.equal(await dump('derived-again'), again);
    // A new object does not meet an id that a load chose.
    assert.equal((await load('derived', { companies: [{ name: 'Slurm' }] })).code, 0);
    assert.match(await dump('derived', '--only', 'companies'), /"id":11,"name":"Slurm"/);
  });

  test('what the API cannot create is loaded as the API reads it: contracts, their periods and budgets', async () => {
    await create('retained');
    const job = { title: 'A job', against_type: 'company', against_id: 7, manager_id: 1, type_id: 6 };
    const { code, err } = await load('retained', {
      companies: [{ id: 7, name: 'Planet Express' }],
      contract_types: [{ id: 1, title: 'Default', auto_renew: 'yes' }],
      contracts: [{ id: 4, title: 'Upkeep', against_type: 'company', against_id: 7, against: 'companies/7' }],
      contract_periods: [
        { id: 2, contract: 'contracts/4', allowance_type: 'fixed hours', rate_id: 3, contract_budget: 9 },
      ],
      contract_budgets: [{ against_type: 'contract_period', against_id: 2, value: '25.00', time: '1000' }],
      rates: [{ id: 3, title: 'Consulting', charged: '175.00' }],
      staff: { id: 1, firstname: 'Philip', surname: 'Fry', username: 'fry', email: 'fry@example.com' },
      job_types: [{ id: 6, title: 'Delivery' }],
      jobs: [{ id: 5, ...job, rate: 3, job_object_budget: 11 }],
      object_budgets: [{ id: 11, object_table: 'job', object_id: 5, is_billable: 'no', charged: '45.84' }],
      item_templates: [{ id: 8, title: 'Advice', type: 'service', price: '12.3456' }],
      services: [{ against_type: 'job', against_id: 5, budget_item_template_id: 8, time_estimate: 3600 }],
    });
    assert.equal(code, 0, err);
    const all = JSON.parse(await dump('retained')) as Record<string, Record<string, unknown>[]>;
    const [period, contract, budget, service] = [
      all.contract_periods?.[0],
      all.contracts?.[0],
      all.object_budgets?.[0],
      all.services?.[0],
    ];
    assert.deepEqual(
      [period?.contract_id, period?.allowance_type, period?.rate_id, period?.rate_charged],
      [4, 'fixed_hours', 3, '175.00'],
    );
    assert.deepEqual([contract?.contract_type_id, contract?.auto_renew, contract?.company_id], [1, 'yes', 7]);
    assert.deepEqual([budget?.against_type, budget?.against_id, budget?.is_billable], ['job', 5, 'no']);
    assert.deepEqual([service?.service_template_id, service?.time_estimate], [8, 3600]);
    await create('retained-again');
    const again = await load('retained-again', await dump('retained'));
    assert.equal(again.code, 0, again.err);
    assert.equal(await dump('retained-again'), await dump('retained'));
    assert.match(
      saidBy(
        await load('retained', {
          jobs: [{ ...job, rate_id: 99 }],
        }),
        1,
      ),
      /jobs\[0\].*rate_id.*Rate 99 does not exist/,
    );
  });

  test('every resource, with every column: a dump says what was loaded, and loads again as it is', async () => {
    const catalogue = await loadCatalogue();
    const rows = Object.fromEntries(
      [...catalogue.resources.values()].map((resource) => [resource.name, [fullRow(resource)]]),
    );
    for (const name of ['full', 'copy', 'secrets']) await create(name);
    const { code, err } = await load('full', rows);
    assert.equal(code, 0, err);
    const first = await dump('full', '--with-secrets');
    assert.deepEqual(JSON.parse(first), rows);
    assert.equal((await load('copy', await dump('full'))).code, 0);
    assert.equal(await dump('copy'), await dump('full'));
    assert.doesNotMatch(await dump('full'), /argon2id/);
    const lines = await dump('full', '--with-secrets', '--ndjson');
    assert.match(lines, /argon2id/);
    const piped = await run(['load', '-', '--deployment', 'secrets', '--json', ...at], { input: lines });
    assert.equal(piped.code, 0, piped.err);
    assert.equal((JSON.parse(piped.out) as { total: number }).total, catalogue.resources.size);
    assert.equal(await dump('secrets', '--with-secrets', '--ndjson'), lines);
  });

  test('a load is all or nothing, and what is wrong is named with its place and parameter', async () => {
    await create('strict');
    assert.equal((await load('strict', { companies: [{ id: 1, name: 'MomCorp' }] })).code, 0);
    const before = await dump('strict');
    const cases: readonly [unknown, RegExp][] = [
      [
        { companies: [{ name: 'ok' }, { name: 'x', status_id: 99 }] },
        /companies\[1\]: The parameter status_id is not valid: Company status 99 does not exist\./,
      ],
      [
        { companies: [{ name: 'ok' }, { name: 'MomCorp' }] },
        /companies\[1\]: Company: company with that name already exists\./,
      ],
      [
        { companies: [{ name: 'ok' }, { id: 1, name: 'x' }] },
        /companies\[1\], id 1: Company: company with that id already exists\./,
      ],
      [
        { companies: [{ name: 'ok' }], addresses: [{ against_type: 'job', against_id: 1 }] },
        /addresses\[0\]: The parameter against_type is not valid: one of company, contact/,
      ],
      [
        {
          companies: [
            { name: 'ok' },
            { ...JSON.parse(before).companies[0], id: 2, name: 'full', parent_id: 77 },
          ],
        },
        /companies\[1\], id 2: The parameter parent_id is not valid: Company 77 does not exist\./,
      ],
    ];
    for (const [content, expected] of cases) assert.match(saidBy(await load('strict', content), 1), expected);
    assert.equal(await dump('strict'), before);
  });

  test('a load tells all that is wrong with it, also what only the database knows', async () => {
    await create('several');
    assert.equal((await load('several', { companies: [{ id: 1, name: 'MomCorp' }] })).code, 0);
    const { code, err } = await load('several', {
      companies: [
        { name: 'x', status_id: 99 },
        { name: 'y', parent_id: 77 },
        { name: 'MomCorp' },
        { id: 1, name: 'z' },
        { name: 'z' },
        { name: 'z' },
      ],
    });
    assert.equal(code, 1);
    const lines = err.trim().split('\n');
    for (const [place, says] of [
      ['companies[0]', 'Company status 99 does not exist'],
      ['companies[1]', 'Company 77 does not exist'],
      ['companies[2]', 'with that name already exists'],
      ['companies[3], id 1', 'with that id already exists'],
      ['companies[5]', 'with that name already exists'],
    ] as const)
      assert.ok(
        lines.some((line) => line.includes(`${place}: `) && line.includes(says)),
        `${place} ${says}\n${err}`,
      );
    assert.equal(lines.at(-1), 'Nothing was loaded: these are 5 problems.');
    assert.match(await dump('several', '--only', 'companies'), /MomCorp/);
  });

  describe('beside a running server', () => {
    let server: ChildProcess;
    let url: string;
    let ended: Promise<number | null>;

    before(async () => {
      await create('live');
      server = start(['serve', '--port', '0', '--log-level', 'silent', '--json', ...at]);
      ended = new Promise((done) => server.once('close', done));
      const { port } = await new Promise<{ port: number }>((resolve, reject) => {
        let said = '';
        server.stdout?.on('data', (text: Buffer) => {
          said += String(text);
          if (said.endsWith('}\n')) resolve(JSON.parse(said));
        });
        server.once('close', () => reject(new Error(`the server ended: ${said}`)));
      });
      url = `http://live.api.localhost:${port}`;
    });
    after(async () => {
      server.kill('SIGTERM');
      assert.equal(await ended, 0, 'SIGTERM ends it with exit code 0');
    });

    test('call logs in, reads the status in words, and explain tells why', async () => {
      const of = ['--deployment', 'live', ...at];
      const person = [
        '--username',
        'amy',
        '--firstname',
        'Amy',
        '--surname',
        'Wong',
        '--email',
        'amy@example.com',
        '--password',
        'bite my shiny',
      ];
      assert.equal((await run(['staff', 'create', ...person, '--access', 'companies=none', ...of])).code, 0);
      const { client_id, client_secret } = await jsonOf<Record<string, string>>([
        'application',
        'create',
        '--type',
        'service',
        '--name',
        'caller',
        '--staff',
        'amy',
        '--default-scope',
        'write(all)',
        '--json',
        ...of,
      ]);
      const data = ['--data', folder];
      assert.match(
        saidBy(await run(['call', 'GET', '/companies', ...data]), 1),
        /there are no credentials in/,
      );
      const login = ['call', 'login', '--client-id', client_id as string, '--url', url, ...data];
      const wrong = await run([...login, '--client-secret', 'wrong']);
      assert.equal(wrong.code, 1);
      assert.match(wrong.err, /invalid_client \(HTTP 401\)/);
      assert.equal((await run([...login, '--client-secret-stdin'], { input: `${client_secret}\n` })).code, 0);
      assert.equal((await stat(join(folder, 'credentials.json'))).mode & 0o777, 0o600);

      const posted = await run(['call', 'POST', 'tasks', '-f', 'title=', ...data]);
      assert.equal(posted.code, 1);
      assert.equal(JSON.parse(posted.out).meta.status, 'invalid_request');
      assert.match(posted.err, /^invalid_request \(HTTP 400\): A required parameter is missing/);
      assert.match(posted.err, /quota +4999 of 5000 left/);

      const refused = await run([
        'call',
        'GET',
        '/companies',
        '--fields',
        'website',
        '--filters',
        'standing(active)',
        ...data,
      ]);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /^invalid_permission \(HTTP 403\)/);
      const id = /request +(\S+)/.exec(refused.err)?.[1] as string;
      const explained = await jsonOf<{
        cause: Record<string, string>;
        stages: { stage: string; outcome: string }[];
        deployment: string;
      }>(['explain', id, '--json', ...at]);
      assert.deepEqual([explained.deployment, explained.cause.name], ['live', 'permission.lacking']);
      assert.deepEqual(
        explained.stages.map(({ stage, outcome }) => `${stage} ${outcome}`),
        [
          'transport passed',
          'deployment passed',
          'authentication passed',
          'rate-limit passed',
          'route passed',
          'parameters passed',
          'permission refused',
          'operation not reached',
          'representation not reached',
          'status not reached',
        ],
      );
      assert.match(
        (await run(['explain', id, ...at])).out,
        /✗ permission +refused: permission\.lacking[\s\S]*to succeed/,
      );

      // A change beside the server is seen by it, and a token that was revoked is replaced.
      assert.equal((await run(['staff', 'set', 'amy', '--access', 'companies=same', ...of])).code, 0);
      assert.equal((await load('live', { companies: [{ id: 12, name: 'MomCorp' }] })).code, 0);
      for (const token of await jsonOf<{ id: string }[]>(['token', 'list', '--json', ...of])) {
        assert.equal((await run(['token', 'revoke', ...of, '--', token.id])).code, 0);
      }
      const read = await run(['call', 'get', '/companies/12', ...data]);
      assert.equal(read.code, 0, read.err);
      assert.equal(JSON.parse(read.out).response.name, 'MomCorp');
      assert.match(read.err, /^ok \(HTTP 200\)/);
      const lost = await run(['call', 'get', '/companies', '--filters', 'monkeys(1)', ...data]);
      assert.match(lost.err, /ignored +monkeys: this list has no such filter/);
      const lostId = /request +(\S+)/.exec(lost.err)?.[1] as string;
      assert.match((await run(['explain', lostId, ...at])).out, /\nignored +monkeys: this list has no such/);
      assert.equal(
        (await jsonOf<{ ignored: string }>(['explain', lostId, '--json', ...at])).ignored,
        'monkeys',
      );
      const quiet = await run([
        'call',
        'PUT',
        '/companies/12',
        '--json',
        '{"website":"mom.example"}',
        '-q',
        ...data,
      ]);
      assert.deepEqual([quiet.code, quiet.err], [0, '']);
    });

    test('explain waits a moment for a request that is not there, and says where it looked', async () => {
      const began = performance.now();
      const said = saidBy(await run(['explain', 'nothing', '--deployment', 'live', ...at]), 1);
      assert.match(said, /request nothing was not found: looked at the request log of deployment live/);
      assert.ok(performance.now() - began > 2_000);
    });

    test('a port in use is named', async () => {
      const { port } = new URL(url);
      assert.match(
        saidBy(await run(['serve', '--port', port, '--log-level', 'silent', ...at]), 1),
        new RegExp(`port ${port} is in use`),
      );
    });
  });
});

/** An object with a value in every column; all links and references lead to the object with id 1 of their kind. */
function fullRow(resource: Resource): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const { name, written, field } of columnsOf(resource))
    row[written] = field.to ? 1 : sampleOf(name, field.kind);
  for (const [name, { reference }] of Object.entries(resource.fields)) {
    if (!reference) continue;
    row[reference.type] = resource.references[name]?.[0];
    row[reference.id] = 1;
  }
  row.id = 1;
  if ('access' in row) row.access = { everything: 'standard', companies: 'none' };
  if ('password' in row) row.password = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA';
  return row;
}

function sampleOf(name: string, kind: { readonly name: string; readonly expects: string }): unknown {
  const values: Readonly<Record<string, unknown>> = {
    unsigned: 7,
    integer: -7,
    moment: 1_000,
    flag: 1,
    yesno: 'yes',
    money: `-12.${'5'.padEnd(Number(/at most (\d+)/.exec(kind.expects)?.[1]), '0')}`,
    text: `${name} \r\n"é"`.slice(
      0,
      Number(/at most (\d+) characters/.exec(kind.expects)?.[1] ?? Number.POSITIVE_INFINITY),
    ),
  };
  if (kind.name === 'choice') return kind.expects.replace('one of ', '').split(', ')[0];
  assert.ok(kind.name in values, `a kind that is new here: ${kind.name}`);
  return values[kind.name];
}
