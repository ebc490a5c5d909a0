import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Database, onEveryEngine } from '../harness/engines.ts';
import { failureIn, flagsOf, jsonOf, runInProcess } from '../harness/terminal.ts';

onEveryEngine('accord deployment, staff, application and token', (engine) => {
  let database: Database;
  let at: readonly string[];

  before(async () => {
    database = await engine.create('full');
    at = flagsOf(database);
  });
  after(() => database.release());

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
      failureIn(await runInProcess(['deployment', 'create', 'planet-express', ...at]), 1),
      /planet-express exists already/,
    );
    assert.match(
      failureIn(await runInProcess(['deployment', 'create', 'Planet Express', ...at]), 1),
      /lower-case letters/,
    );
    assert.equal((await runInProcess(['deployment', 'disable', 'planet-express', ...at])).code, 0);
    assert.deepEqual(await jsonOf(['deployment', 'list', '--json', ...at]), [{ ...made, disabled: true }]);
    assert.equal((await runInProcess(['deployment', 'enable', 'planet-express', ...at])).code, 0);
    assert.match(
      (await runInProcess(['deployment', 'list', ...at])).out,
      /planet-express +Planet Express +older +enabled/,
    );
    assert.match(
      failureIn(await runInProcess(['deployment', 'disable', 'nowhere', ...at]), 1),
      /no deployment named nowhere/,
    );
  });

  const person = ['--firstname', 'Hermes', '--surname', 'Conrad', '--email', 'hermes@example.com'];
  let hermes: Record<string, unknown>;
  let client: string;

  test('staff are created, changed and listed', async () => {
    hermes = await jsonOf<Record<string, unknown>>(
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
    const taken = await runInProcess([
      'staff',
      'create',
      '--username',
      'hermes',
      ...person,
      '--password',
      'bite my shiny',
      ...at,
    ]);
    assert.match(failureIn(taken, 1), /Staff: staff with that username already exists\./);
    const amy = ['--username', 'amy', '--firstname', 'Amy', '--surname', 'Wong'];
    for (const [email, password, said] of [
      ['amy@example.com', 'x', /the password was refused: it has fewer than 8 characters/],
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
      assert.match(failureIn(await runInProcess(words), 1), said, `${email} ${password}`);
    }
    for (const [flags, said] of [
      [['--password', 'iloveyou'], /guessed first/],
      [['--password', 'hermes'], /fewer than 8/],
      [['--email', 'hermes'], /not an email address/],
    ] as const)
      assert.match(failureIn(await runInProcess(['staff', 'set', 'hermes', ...flags, ...at]), 1), said);
    // The longest address there may be.
    const longest = `h@${'x'.repeat(252)}`;
    assert.equal((await runInProcess(['staff', 'set', 'hermes', '--email', longest, ...at])).code, 0);
    const usual = ['staff', 'set', 'hermes', '--email', 'hermes@example.com', ...at];
    assert.equal((await runInProcess(usual)).code, 0);
    assert.match(
      failureIn(await runInProcess(['staff', 'create', '--username', 'amy', ...person, ...at]), 2),
      /--password is missing/,
    );
    assert.match(
      failureIn(await runInProcess(['staff', 'set', 'hermes', '--access', 'companis=none', ...at]), 2),
      /did you mean companies\?/,
    );
    assert.match(failureIn(await runInProcess(['staff', 'set', 'hermes', ...at]), 2), /nothing to set/);
    assert.match(
      failureIn(await runInProcess(['staff', 'set', 'nobody', '--email', 'x', ...at]), 1),
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
  });

  test('applications are created, listed, rotated, disabled and enabled', async () => {
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
      failureIn(await runInProcess([...service, '--allow-ip', '10.0.0', ...at]), 1),
      /not an IP address or CIDR range/,
    );
    assert.match(
      failureIn(await runInProcess([...service, '--redirect-uri', 'https://x.example/', ...at]), 1),
      /has no redirect URI/,
    );
    assert.match(
      failureIn(await runInProcess([...service, '--default-scope', 'read(monkeys)', ...at]), 1),
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
    assert.equal(
      (await runInProcess(['application', 'disable', limited.client_id as string, ...at])).code,
      0,
    );
    client = made.client_id as string;
    const rotated = await jsonOf<Record<string, string>>(['application', 'rotate', client, '--json', ...at]);
    assert.notEqual(rotated.client_secret, made.client_secret);
    const listed = await runInProcess(['application', 'list', '--json', ...at]);
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
    assert.equal((await runInProcess(['application', 'disable', client, ...at])).code, 0);
    assert.match((await runInProcess(['application', 'list', ...at])).out, /disabled/);
    assert.equal((await runInProcess(['application', 'enable', client, ...at])).code, 0);
    assert.match(
      failureIn(await runInProcess(['application', 'rotate', 'nobody', ...at]), 1),
      /no application with the client id nobody/,
    );
  });

  test('tokens are issued, pinned, listed and revoked', async () => {
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
      failureIn(await runInProcess([...issue, '--value', 'pinned', ...at]), 2),
      /--value is for a sandbox only/,
    );
    assert.match(failureIn(await runInProcess([...issue, '--expires-in', '-5', ...at]), 2), /--expires-in/);
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
      failureIn(
        await runInProcess([...issue, '--value', 'pinned', '--scope', 'read(all)', '--sandbox', ...at]),
        1,
      ),
      /exists already, for another scope/,
    );
    const valid = await jsonOf<Record<string, string>[]>(['token', 'list', '--json', ...at]);
    assert.deepEqual(valid.map(({ scope, state }) => [scope, state]).sort(), [
      ['read(companies)', 'valid'],
      ['write(all)', 'valid'],
    ]);
    assert.equal((await runInProcess(['token', 'revoke', 'pinned', ...at])).code, 0);
    assert.match(
      failureIn(await runInProcess([...issue, '--value', 'pinned', '--sandbox', ...at]), 1),
      /exists already, and it was revoked/,
    );
    const id = valid.find(({ scope }) => scope === 'read(companies)')?.id as string;
    assert.equal((await runInProcess(['token', 'revoke', ...at, '--', id])).code, 0);
    assert.deepEqual(await jsonOf(['token', 'list', '--json', ...at]), []);
    assert.equal((await jsonOf<unknown[]>(['token', 'list', '--all', '--json', ...at])).length, 2);
    assert.match(failureIn(await runInProcess(['token', 'revoke', 'nothing', ...at]), 1), /no such token/);
  });

  test('a sandbox pins the client id and the secret of an application, and nothing else does', async () => {
    const create = ['application', 'create', '--type', 'service', '--name', 'seeded', '--staff', 'hermes'];
    const pins = ['--client-id', 'seed@example', '--client-secret', 'no-secret-at-all'];
    const of = ['--deployment', 'planet-express', ...at];
    for (const [one, ...more] of [pins.slice(0, 2), pins.slice(2)] as [string, string][])
      assert.match(
        failureIn(await runInProcess([...create, one, ...more, ...of]), 2),
        /is for a sandbox only/,
      );
    const made = await jsonOf<Record<string, string>>([...create, ...pins, '--sandbox', '--json', ...of]);
    assert.deepEqual([made.client_id, made.client_secret], ['seed@example', 'no-secret-at-all']);
    assert.match(
      failureIn(await runInProcess([...create, ...pins, '--sandbox', ...of]), 1),
      /exists already/,
    );
    assert.match(
      failureIn(await runInProcess([...create, '--client-id', 'a:b', '--sandbox', ...of]), 2),
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
    assert.equal((await runInProcess(['deployment', 'create', 'other', ...at])).code, 0);
    assert.match(
      failureIn(await runInProcess(['staff', 'list', ...at]), 2),
      /--deployment \(planet-express, other\)/,
    );
    assert.match(
      failureIn(await runInProcess(['staff', 'list', '--deployment', 'third', ...at]), 1),
      /no deployment named third/,
    );
    assert.deepEqual(
      await jsonOf(['staff', 'list', '--json', ...at], { environment: { ACCORD_DEPLOYMENT: 'other' } }),
      [],
    );
  });
});
