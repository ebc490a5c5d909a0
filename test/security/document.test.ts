import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { causes } from '../../src/contract/causes.ts';
import { commonPasswords } from '../../src/identity/common-passwords.ts';
import { factorLimits } from '../../src/identity/lockout.ts';
import { passwordProblem } from '../../src/identity/passwords.ts';
import { recoveryCodesMade } from '../../src/identity/recovery-codes.ts';
import { accessToken, authorizationCode, clientSecret, csrfToken } from '../../src/identity/secrets.ts';
import { passwordFresh, sessionIdle, sessionLifetime } from '../../src/identity/sessions.ts';
import { lifetimes } from '../../src/identity/tokens.ts';
import { codePeriod } from '../../src/identity/totp.ts';
import { readConfig } from '../../src/server/config.ts';
import { settings } from '../../src/server/settings.ts';
import requirements from './requirements.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');

interface Row {
  readonly id: string;
  /** Of ASVS the level, of RFC 9700 the word. */
  readonly rank: string;
  readonly state: string;
  readonly by: string;
}

/** The rows of all tables of a part that have five columns and begin with an id. */
function rowsIn(part: string): readonly Row[] {
  return [...part.matchAll(/^\| ([\d.]+(?:-\d+)?) \| (\w+) \| .+? \| ([a-z ]+) \| (.+) \|$/gm)].map(
    ([, id = '', rank = '', state = '', by = '']) => ({ id, rank, state, by }),
  );
}

const literal = `'(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*"|\`(?:[^\`\\\\]|\\\\.)*\``;
const declaration = new RegExp(
  `\\b(?:test|describe|it|scenario|onEveryEngine)\\(\\s*(${literal})(?:,\\s*(${literal}))?`,
  'g',
);
const textOf = (quoted: string): string => quoted.slice(1, -1).replace(/\\(.)/g, '$1');

/** The names that a test file declares; a scenario has the name of its cause before its own. */
export function declaredIn(source: string): ReadonlySet<string> {
  const names = [...source.matchAll(declaration)].flatMap(([whole, first = '', second]) => {
    const name = textOf(first);
    return whole.startsWith('scenario') && second !== undefined ? [`${name}: ${textOf(second)}`] : [name];
  });
  return new Set(names);
}

describe('docs/reference/security.md', () => {
  let how: string;
  let asvs: readonly Row[];
  let rfc9700: readonly Row[];
  before(async () => {
    const document = await readFile(join(root, 'docs/reference/security.md'), 'utf8');
    const part = (title: string): string =>
      document.split(/^## /m).find((each) => each.startsWith(title)) ?? '';
    how = part('How it works');
    asvs = rowsIn(part('OWASP ASVS 5.0'));
    rfc9700 = rowsIn(part('RFC 9700'));
  });

  test('has each requirement once, with its level or its word', () => {
    assert.equal(Object.keys(requirements.asvs).length, 105);
    for (const [rows, wanted] of [
      [asvs, requirements.asvs],
      [rfc9700, requirements.rfc9700],
    ] as const) {
      assert.deepEqual(
        rows.map(({ id, rank }) => [id, rank]),
        Object.entries(wanted).map(([id, rank]) => [id, String(rank)]),
      );
    }
  });

  test('says of each requirement that it is shown, not applicable for a reason, or open for one', () => {
    for (const { id, state, by } of [...asvs, ...rfc9700]) {
      assert.ok(['shown', 'not applicable', 'open'].includes(state), `${id}: ${state}`);
      if (state !== 'shown') assert.match(by, /^[A-Z].{20,}\.$/, `${id}: a sentence`);
      assert.doesNotMatch(by, /TODO/, id);
    }
  });

  test('names for each requirement that is shown tests that there are', async () => {
    const declared = new Map<string, ReadonlySet<string>>();
    let named = 0;
    for (const { id, state, by } of [...asvs, ...rfc9700]) {
      if (state !== 'shown') continue;
      const references = by.split(/(?<=`), (?=`)/);
      for (const reference of references) {
        const [, file = '', name = ''] = /^`(test\/[\w./-]+\.test\.ts): (.+)`$/.exec(reference) ?? [];
        assert.notEqual(name, '', `${id}: ${reference}`);
        const names = declared.get(file) ?? declaredIn(await readFile(join(root, file), 'utf8'));
        declared.set(file, names);
        assert.ok(names.has(name), `${id}: ${file} has no test named ${name}`);
        named++;
      }
    }
    assert.ok(named > 100, `${named} are named`);
  });

  test('leaves open what is known to be, and nothing else', (t) => {
    const open = [...asvs, ...rfc9700].filter(({ state }) => state === 'open').map(({ id }) => id);
    t.diagnostic(`${open.length} open: ${open.join(' ')}`);
    assert.deepEqual(open, requirements.open);
  });

  test('reads the names of tests as they are declared', () => {
    const source = [
      `test('a', () => {`,
      `test(\n  "b's", () => {`,
      `test(\`\${c}: d\`, () => {`,
      `scenario('token.missing', 'g', {`,
      `scenario(name, 'h', {`,
      `tester('i'`,
      `// test(j`,
    ].join('\n');
    assert.deepEqual([...declaredIn(source)], ['a', "b's", `\${c}: d`, 'token.missing: g']);
  });

  test('the part How it works says what the code does', async () => {
    const has = (text: string | number): void => assert.ok(how.includes(String(text)), String(text));
    const config = readConfig({}, {});
    has(`After ${config.lockoutAttempts} within ${config.lockoutWindowSeconds} seconds`);
    const ofFactors = factorLimits({ attempts: config.lockoutAttempts, window: config.lockoutWindowSeconds });
    has(`After ${ofFactors.attempts} within ${ofFactors.window} seconds`);
    has(`valid for a step of ${codePeriod} seconds`);
    has(`${recoveryCodesMade === 10 ? 'Ten' : recoveryCodesMade} recovery codes of 60 bits`);
    has(`${config.rateLimit} an hour`);
    has(`\`--log-days\`, ${config.logDays}`);
    has(`\`--authorization-days\`, ${config.authorizationDays}`);
    has(`A sign-in lasts ${sessionLifetime} seconds, and ${sessionIdle} without a request`);
    has(`in the last ${passwordFresh} seconds`);
    has(`${lifetimes.code} seconds, and one use`);
    has(`${lifetimes.token} seconds (30 days)`);
    has(`${lifetimes.longest} (3 years) at most`);
    has(`${lifetimes.refresh} seconds (180 days)`);
    const bitsOf = (secret: string): number => Buffer.from(secret, 'base64url').length * 8;
    has(`random, of ${bitsOf(clientSecret())} bits`);
    assert.equal(bitsOf(authorizationCode()), bitsOf(clientSecret()));
    has(`random, of ${bitsOf(accessToken())} bits`);
    has(`a new secret of ${bitsOf(csrfToken())} bits`);
    has(`one of the ${commonPasswords.size.toLocaleString('en')} that`);
    assert.notEqual(await passwordProblem('x'.repeat(7), {}), undefined);
    assert.equal(await passwordProblem('x'.repeat(8), {}), undefined);
    for (const word of [...how.matchAll(/^.*Names do not count.*$/gm)].flatMap(([line]) =>
      [...line.matchAll(/`(\w+)`/g)].map(([, each = '']) => each),
    ))
      assert.match((await passwordProblem(`${word}-12345`, {})) ?? '', /do not count/, word);
    // Flags of commands are in the help of those; flags of the server are its settings.
    const flags = new Set<string>(Object.values(settings).map(({ flag }) => flag));
    const ofCommands = [
      'require-pkce',
      'allow-scope',
      'allow-ip',
      'allow-domain',
      'access',
      'password-stdin',
    ];
    const commands = await Promise.all(
      ['application', 'staff'].map((name) => readFile(join(root, `src/cli/commands/${name}.ts`), 'utf8')),
    );
    for (const [, flag = ''] of how.matchAll(/--([a-z][a-z-]+)/g)) {
      if (ofCommands.includes(flag))
        assert.ok(
          commands.some((source) => source.includes(`'--${flag}`)),
          flag,
        );
      else assert.ok(flags.has(flag), `--${flag}`);
    }
    for (const [, cause = ''] of how.matchAll(/`([a-z_]+\.[a-z]+)`/g))
      assert.ok(
        cause in causes ||
          /^(token\.(issued|refreshed|revoked)|consent\.revoked|password\.changed)$/.test(cause),
        cause,
      );
  });
});
