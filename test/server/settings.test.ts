import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { settingsPage } from '../../generate/settings-page.ts';
import { defineSettings, flagValues } from '../../src/cli/setting-flags.ts';
import { readConfig } from '../../src/server/config.ts';
import {
  BadSetting,
  readSettings,
  type Setting,
  type SettingTable,
  variableOf,
} from '../../src/server/setting.ts';
import { numberKind } from '../../src/server/setting-kinds.ts';
import { settings } from '../../src/server/settings.ts';

const refusal = (work: () => unknown): string => {
  let message = '';
  assert.throws(work, (error: Error) => {
    assert.ok(error instanceof BadSetting);
    message = error.message;
    return true;
  });
  return message;
};

describe('a setting is a row', () => {
  const more = Object.freeze({
    ...settings,
    pageSizeMax: {
      flag: 'page-limit',
      kind: numberKind({ min: 1, max: 500, unit: 'objects' }),
      default: 100,
      help: 'Objects on a page.',
    },
  }) satisfies SettingTable;
  const command = () => {
    const made = new Command('serve').exitOverride();
    defineSettings(made, more);
    return made;
  };

  test('it is read from its flag, then from its variable, and has its default', () => {
    const read = (flags: readonly string[], environment = {}) =>
      readSettings(more, flagValues(command().parse(flags, { from: 'user' })), environment).pageSizeMax;
    assert.equal(read(['--page-limit', '20'], { ACCORD_PAGE_LIMIT: '30' }), 20);
    assert.equal(read([], { ACCORD_PAGE_LIMIT: '30' }), 30);
    assert.equal(read([], { ACCORD_PAGE_LIMIT: '' }), 100);
    assert.equal(read([]), 100);
  });

  test('it refuses nonsense by its flag and variable, and says what would be valid', () => {
    for (const wrong of ['0', '501', '2.5', 'many', '1e9', ' ', '-1'])
      assert.equal(
        refusal(() => readSettings(more, { 'page-limit': wrong }, {})),
        `--page-limit (ACCORD_PAGE_LIMIT) is "${wrong}": expected a whole number of objects from 1 to 500`,
      );
  });

  test('it is in the help and in the page of settings', () => {
    const help = command().helpInformation().replace(/\s+/g, ' ');
    assert.match(
      help,
      /--page-limit <objects> Objects on a page\. Default: 100 objects\. \[ACCORD_PAGE_LIMIT\]/,
    );
    assert.match(
      settingsPage('', more),
      /^\| `--page-limit <objects>` \| `ACCORD_PAGE_LIMIT` \| 100 objects \| Objects on a page\. \|$/m,
    );
  });
});

describe('every setting', () => {
  const rows: readonly Setting[] = Object.values(settings);

  test('has a flag of its own, and a sentence of help', () => {
    assert.equal(new Set(rows.map(({ flag }) => flag)).size, rows.length);
    for (const { flag, help } of rows) {
      assert.match(flag, /^[a-z]+(-[a-z]+)*$/);
      assert.match(help, /^[A-Z][\s\S]*\.$/, flag);
    }
  });

  test('has a default that its variable could have', () => {
    for (const { flag, kind, default: value } of rows) {
      if (value === undefined || kind.form !== 'one') continue;
      const [written = ''] = kind.print(value).split(' ');
      assert.deepEqual(kind.read(written, {}), value, flag);
    }
  });

  test('that refuses a value names its flag or variable, and never a secret', () => {
    const wrong: Readonly<Record<string, string>> = {
      ACCORD_PORT: 'http',
      ACCORD_ADMIN_LISTEN: '4282',
      ACCORD_ADMIN_TOKEN: 'hunter2',
      ACCORD_DATABASE_URL: 'mysql://root:hunter2@db',
      ACCORD_REDIS_URL: 'hunter2@cache',
      ACCORD_FILES: 's3://key:hunter2@',
      ACCORD_TRUST: 'maybe',
      ACCORD_TRUST_PROXY: '10.0.0.0/99',
      ACCORD_DOMAIN: 'https://api.example.com',
      ACCORD_UNKNOWN_FILTERS: 'drop',
      ACCORD_LOG_LEVEL: 'loud',
      ACCORD_INCIDENT_MAIL_TO: 'nobody',
    };
    for (const [variable, value] of Object.entries(wrong)) {
      const message = refusal(() => readConfig({}, { [variable]: value }));
      assert.ok(message.includes(variable), message);
      assert.doesNotMatch(message, /hunter2/);
    }
    assert.match(
      refusal(() => readConfig({}, { PORT: 'x' })),
      /^PORT is "x": expected a whole number/,
    );
  });

  test('is a field of the configuration', () => {
    const config: Readonly<Record<string, unknown>> = { ...readConfig({}, {}) };
    for (const name of Object.keys(settings)) assert.ok(name in config, name);
    assert.equal(config.uploadBytesMax, 50 * 1024 * 1024);
    assert.equal(readConfig({ 'upload-limit': '1' }, {}).uploadBytesMax, 1024 * 1024);
  });
});

describe('settings that depend on one another', () => {
  test('are refused where they contradict, with what to do', () => {
    const wrong: readonly (readonly [Readonly<Record<string, string | true>>, RegExp])[] = [
      [
        { 'tls-cert': 'a.pem' },
        /^--tls-cert and --tls-key \(ACCORD_TLS_CERT, ACCORD_TLS_KEY\) are needed together/,
      ],
      [{ trust: true, data: ':memory:' }, /^--trust \(ACCORD_TRUST\) needs a data folder/],
      [{ 'incident-smtp': 'smtp://mail' }, /--incident-mail-to .* are needed together/],
      [{ 'sandbox-token': 'x'.repeat(16) }, /is for a sandbox only: give --sandbox too/],
      [{ sandbox: true, 'redis-url': 'redis://cache' }, /cannot be used with --sandbox/],
    ];
    for (const [flags, says] of wrong)
      assert.match(
        refusal(() => readConfig(flags, {})),
        says,
      );
  });

  test('have defaults of one another', () => {
    const plain = readConfig({}, {});
    assert.deepEqual([plain.logLevel, plain.defaultDeployment], ['info', undefined]);
    const sandbox = readConfig({ sandbox: true, data: ':memory:' }, {});
    assert.deepEqual([sandbox.logLevel, sandbox.defaultDeployment], ['warn', 'planet-express']);
    assert.deepEqual(sandbox.files, { folder: undefined });
  });

  test('the flag wins, even when it is empty', () => {
    assert.equal(readConfig({ domain: '' }, { ACCORD_DOMAIN: 'example.com' }).domain, undefined);
    assert.equal(readConfig({ port: '1' }, { ACCORD_PORT: '2', PORT: '3' }).port, 1);
    assert.equal(readConfig({}, { ACCORD_PORT: '2', PORT: '3' }).port, 2);
    assert.equal(readConfig({}, { PORT: '3' }).port, 3);
  });

  test('a list is a repeated flag or a variable with commas', () => {
    const ranges = ['10.0.0.0/8', '::1'];
    assert.deepEqual(readConfig({ 'trust-proxy': ranges }, {}).trustedProxies, ranges);
    assert.deepEqual(readConfig({}, { ACCORD_TRUST_PROXY: ' 10.0.0.0/8, ::1,' }).trustedProxies, ranges);
    assert.equal(variableOf('trust-proxy'), 'ACCORD_TRUST_PROXY');
  });
});
