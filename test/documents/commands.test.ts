import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Command } from 'commander';
import { startSandbox } from '../../src/testing/start-sandbox.ts';
import { closeConnections } from '../harness/http.ts';
import { type Block, blocksOf, commandsIn, documents, mentionedIn, root } from './blocks.ts';
import { type Session, startSession } from './session.ts';

/** Commands that are not run here, by how they begin, and why. */
const notRun: readonly (readonly [begins: string, because: string])[] = [
  ['npm cit', 'it runs this test'],
  [
    'accord trust install',
    'it changes what the machine trusts; test/trust/stores.test.ts has stores of its own',
  ],
  ['accord trust uninstall', 'as above'],
  ["echo '127.0.0.1 planet-express.api.accelo.com' | sudo", 'it changes the hosts file of the machine'],
  ['sudo accord serve', 'it needs root, for port 443'],
];

/** Blocks that are not run here, by document and the first words of the block, and why. */
const blocksNotRun: readonly (readonly [document: string, begins: string, because: string])[] = [
  ['docs/internals/architecture.md', ' HTTP ─▶', 'a drawing'],
  ['docs/guides/operations.md', '# accord serve --admin-listen', 'a configuration of Prometheus'],
  ['docs/guides/sandbox.md', 'import { tellReads', 'a fragment of a client; test/runs/watch.test.ts'],
  ['client/README.md', 'import { authorization', 'a person signs in; test/client/grants.test.ts'],
  [
    'docs/guides/testing.md',
    'jobs:',
    'a workflow of GitHub; its steps are npm ci and the tests of the reader',
  ],
];

/** Sections whose commands another test runs. */
const recipes = /^(By language|curl|Node\.js|undici|Python: .*|Perl|Ruby|PHP|Java|Go|C# and PowerShell)$/;
const runElsewhere = (document: string, { under }: Block): boolean =>
  document === 'docs/guides/clients.md' && recipes.test(under); // test/documents/clients-document.test.ts

/** Commands that go on running: how they begin, and what they say when they are ready. */
const staying: readonly (readonly [begins: RegExp, says: RegExp])[] = [
  [/^(npm ci && )?npm start\b/, /What next: /],
  [/^(npm run -s accord --|accord) serve\b/, /Accord listens on /],
  [/^accord proxy --to/, /The proxy listens on /],
  [/^accord record/, /Passing on http/],
  [/^npx accord serve/, /"port"/],
];

interface Places {
  readonly port: number;
  /** A server that stands for the hosted one. */
  readonly elsewhere: string;
  readonly checkout: string;
}

const service = {
  id: '5ba17c78a0@planet-express.accelo.com',
  secret: 'sandbox-service-secret-00000000000000000000',
};

/** What a reader replaces, and what a test cannot do as a reader does. */
const replaced = ({ port, elsewhere, checkout }: Places): readonly (readonly [string, string])[] => [
  ['4280', String(port)],
  ['https://acme.api.accelo.com', elsewhere],
  ['5ba17c78a0@acme.accelo.com', service.id],
  ['--client-id …', `--client-id ${service.id}`],
  ['_CLIENT_SECRET=…', `_CLIENT_SECRET=${service.secret}`],
  // It was done: the modules are those of this project.
  ['npm ci && ', ''],
  // A terminal is asked for it.
  ['--access admin', "--access admin --password 'good news everyone'"],
  ['--host 0.0.0.0', '--host 127.0.0.1'],
  [
    '--tls-cert cert.pem --tls-key key.pem',
    `--tls-cert ${checkout}/data/trust/server.pem --tls-key ${checkout}/data/trust/server-key.pem`,
  ],
  ['accord proxy --to http', 'accord proxy --port 0 --to http'],
  ['--port 4290', '--port 0'],
  // The test waits for what it says.
  [' > accord.json &', ''],
  // It asks the registry for what the package depends on.
  [
    'npm install --save-dev "$TARBALL"',
    `mkdir -p node_modules/.bin && ln -s '${root}'/node_modules/* node_modules && tar -xzf "$TARBALL" -C node_modules && mv node_modules/package node_modules/accord && chmod +x node_modules/accord/src/cli/start.js && ln -s ../accord/src/cli/start.js node_modules/.bin/accord && ln -s ../node/bin/node node_modules/.bin/node`,
  ],
];

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A document shows what a block prints in the block after it, where `…` stands for whatever differs. */
function assertPrinted(shown: string, printed: string): void {
  const pattern = shown
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('…')
        .map((part) => part.trim().split(/\s+/).map(escaped).join('\\s+'))
        .join('[\\s\\S]*?'),
    )
    .join('\\s*');
  assert.match(printed, new RegExp(pattern));
}

describe('the commands of the documents', { timeout: 280_000 }, () => {
  let session: Session;
  let places: Places;
  let elsewhere: Awaited<ReturnType<typeof startSandbox>>;
  const used = new Set<string>();

  before(async () => {
    elsewhere = await startSandbox({ sample: 2 });
    const found = createServer().listen(0, '127.0.0.1');
    await once(found, 'listening');
    const { port } = found.address() as AddressInfo;
    found.close();
    const npm = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
    session = await startSession({ PORT: String(port), ...npm, npm_config_update_notifier: 'false' });
    places = { port, elsewhere: elsewhere.url, checkout: session.checkout };
  });
  after(async () => {
    await session?.close();
    await elsewhere?.close();
    closeConnections();
  });

  const ready = (command: string): string => {
    let text = command;
    for (const [from, to] of replaced(places)) {
      if (text.includes(from)) used.add(from);
      text = text.replaceAll(from, to);
    }
    return text;
  };

  async function runCommands(text: string): Promise<string> {
    let printed = '';
    for (const command of commandsIn(text)) {
      const left = notRun.find(([begins]) => command.startsWith(begins));
      if (left) {
        used.add(left[0]);
        continue;
      }
      const words = ready(command);
      const [, says] = staying.find(([begins]) => begins.test(command)) ?? [];
      if (says) await session.stay(words, says);
      else printed += await session.run(words);
    }
    return printed;
  }

  /** JavaScript that names its file in the first line is written to it; a module of its own is run, a test too. */
  async function runFile(text: string): Promise<void> {
    const name = /^\/\/ (\S+)\n/.exec(text)?.[1] ?? '';
    assert.notEqual(name, '', `this names no file in its first line:\n${text}`);
    await session.run(`cat > ${name} <<'END_OF_FILE'\n${ready(text)}END_OF_FILE`);
    if (name.endsWith('.mjs'))
      await session.run(`npx node ${name.includes('.test.') ? '--test ' : ''}${name}`);
  }

  for (const document of documents) {
    const blocks = blocksOf(document).filter((block) => !runElsewhere(document, block));
    if (blocks.length === 0) continue;
    test(document, async () => {
      let under: string | undefined;
      let printed = '';
      const runs = blocks.some(({ language }) => ['sh', 'console', 'js'].includes(language));
      await session.begin();
      if (runs) await session.stay('npm start', /What next: /);
      for (const block of blocks) {
        const { language, text } = block;
        const left = blocksNotRun.find(([of, begins]) => of === document && text.startsWith(begins));
        if (left) {
          used.add(left[1]);
          continue;
        }
        if (under !== block.under) await session.begin();
        under = block.under;
        if (language === 'sh' || language === 'console') printed = await runCommands(text);
        else if (language === 'js') await runFile(text);
        else if (language === 'text') assertPrinted(text, printed);
        else if (language === 'yaml') await runSteps(text);
        else assert.fail(`nobody runs the block of ${language} in ${document}:\n${text}`);
      }
    });
  }

  /** The steps of a workflow, in the project that the README made. */
  async function runSteps(text: string): Promise<void> {
    await session.run('cd ../first-test');
    for (const [, step = ''] of text.matchAll(/^ *- run: (.+)$/gm)) await runCommands(step);
  }

  test('every command that the text names exists, with its flags', async () => {
    const program = new Command('accord');
    const folder = join(root, 'src/cli/commands');
    for (const file of readdirSync(folder)) {
      const { define } = await import(join(folder, file));
      define(program.command(file.replace('.ts', '')));
    }
    const wrong = documents.flatMap((document) =>
      mentionedIn(document).flatMap((command) => {
        const unknown = unknownIn(program, command);
        return unknown === undefined ? [] : [`${document}: ${command}: ${unknown}`];
      }),
    );
    assert.deepEqual(wrong, []);
  });

  test('nothing is on a list that no document has', () => {
    const listed = [...notRun.map(([begins]) => begins), ...blocksNotRun.map(([, begins]) => begins)];
    const stale = [...listed, ...replaced(places).map(([from]) => from)].filter((each) => !used.has(each));
    assert.deepEqual(stale, []);
  });
});

/** The first word of a command that names nothing; words after `--` are of another program. */
function unknownIn(program: Command, text: string): string | undefined {
  const [words = ''] = text.split(' -- ');
  let command = program;
  for (const word of words
    .replaceAll(/[[\]]/g, '')
    .split(/[\s|]+/)
    .slice(1)) {
    const below = command.commands.find((each) => each.name() === word);
    if (word === '…') continue;
    if (below) command = below;
    else if (command === program) return word;
    else if (command.commands.length > 0 && /^[a-z]+$/.test(word)) return word;
    const [flag] = /^--[a-z0-9-]+/.exec(word) ?? [];
    if (flag && flag !== '--help' && !command.options.some(({ long }) => long === flag)) return flag;
  }
  return undefined;
}
