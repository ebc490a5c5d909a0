import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../../src/testing/start-sandbox.ts';
import { closeConnections } from '../harness/http.ts';
import { type Block, blocksOf, commandsIn, root } from './blocks.ts';
import { type Session, startSession } from './session.ts';

/** Commands that are not run here, by how they start, and why. */
export const commandsNotRun: readonly (readonly [start: string, because: string])[] = [
  ['npm cit', 'it runs this test'],
  [
    'accord trust install',
    'it changes what the machine trusts; test/trust/stores.test.ts has stores of its own',
  ],
  ['accord trust uninstall', 'as above'],
  ["echo '127.0.0.1 planet-express.api.accelo.com' | sudo", 'it changes the hosts file of the machine'],
  ['sudo accord serve', 'it needs root, for port 443'],
];

/** Blocks that are not run here, by document and how they start, and why. */
export const blocksNotRun: readonly (readonly [document: string, start: string, because: string])[] = [
  ['docs/internals/architecture.md', ' HTTP ─▶', 'a drawing'],
  ['docs/guides/operations.md', '# accord serve --admin-listen', 'a configuration of Prometheus'],
  ['docs/guides/sandbox.md', 'import { tellReads', 'a fragment of a client; test/runs/watch.test.ts'],
  ['client/README.md', 'import { authorization', 'a person signs in; test/client/grants.test.ts'],
  ['docs/guides/testing.md', 'jobs:', 'a GitHub workflow; its steps are npm ci and the tests of the reader'],
];

/** Sections whose commands another test runs. */
const recipes = /^(By language|curl|Node\.js|undici|Python: .*|Perl|Ruby|PHP|Java|Go|C# and PowerShell)$/;
const runElsewhere = (document: string, { under }: Block): boolean =>
  document === 'docs/guides/clients.md' && recipes.test(under); // test/documents/clients-document.test.ts

/** Commands that keep running: how they start, and what they print when they are ready. */
const longRunning: readonly (readonly [start: RegExp, isReady: RegExp])[] = [
  [/^(npm ci && )?npm start\b/, /What next: /],
  [/^(npm run -s accord --|accord) serve\b/, /Accord listens on /],
  [/^accord proxy --to/, /The proxy listens on /],
  [/^accord record/, /Passing on http/],
  [/^npx accord serve/, /"port"/],
];

export interface Locations {
  readonly port: number;
  /** A server in place of the hosted one. */
  readonly elsewhere: string;
  readonly checkout: string;
}

const service = {
  id: '5ba17c78a0@planet-express.accelo.com',
  secret: 'sandbox-service-secret-00000000000000000000',
};

/** What a reader would replace, and what a test cannot do as a reader would. */
export const replacements = ({
  port,
  elsewhere,
  checkout,
}: Locations): readonly (readonly [string, string])[] => [
  ['4280', String(port)],
  ['https://acme.api.accelo.com', elsewhere],
  ['5ba17c78a0@acme.accelo.com', service.id],
  ['--client-id …', `--client-id ${service.id}`],
  ['_CLIENT_SECRET=…', `_CLIENT_SECRET=${service.secret}`],
  // Already done: the modules are those of this project.
  ['npm ci && ', ''],
  // Otherwise the command asks for it on a terminal.
  ['--access admin', "--access admin --password 'good news everyone'"],
  ['--host 0.0.0.0', '--host 127.0.0.1'],
  [
    '--tls-cert cert.pem --tls-key key.pem',
    `--tls-cert ${checkout}/data/trust/server.pem --tls-key ${checkout}/data/trust/server-key.pem`,
  ],
  ['accord proxy --to http', 'accord proxy --port 0 --to http'],
  ['--port 4290', '--port 0'],
  // The test reads its output.
  [' > accord.json &', ''],
  // It would get the dependencies from the registry.
  [
    'npm install --save-dev "$TARBALL"',
    `mkdir -p node_modules/.bin && ln -s '${root}'/node_modules/* node_modules && tar -xzf "$TARBALL" -C node_modules && mv node_modules/package node_modules/accord && chmod +x node_modules/accord/src/cli/start.js && ln -s ../accord/src/cli/start.js node_modules/.bin/accord && ln -s ../node/bin/node node_modules/.bin/node`,
  ],
];

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Compares the output of a block with the `text` block after it, in which `…` stands for anything. */
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

/** Runs the commands of these documents, in their order, in one checkout. */
export function runDocuments(documents: readonly string[]): void {
  describe('the commands of the documents', { timeout: 280_000 }, () => {
    let session: Session;
    let locations: Locations;
    let elsewhere: Awaited<ReturnType<typeof startSandbox>>;

    before(async () => {
      elsewhere = await startSandbox({ sample: 2 });
      const found = createServer().listen(0, '127.0.0.1');
      await once(found, 'listening');
      const { port } = found.address() as AddressInfo;
      found.close();
      const npm = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };
      session = await startSession({ PORT: String(port), ...npm, npm_config_update_notifier: 'false' });
      locations = { port, elsewhere: elsewhere.url, checkout: session.checkout };
    });
    after(async () => {
      await session?.close();
      await elsewhere?.close();
      closeConnections();
    });

    const runnable = (command: string): string => {
      let text = command;
      for (const [from, to] of replacements(locations)) text = text.replaceAll(from, to);
      return text;
    };

    async function runCommands(text: string): Promise<string> {
      let printed = '';
      for (const command of commandsIn(text)) {
        if (commandsNotRun.some(([start]) => command.startsWith(start))) continue;
        const [, isReady] = longRunning.find(([start]) => start.test(command)) ?? [];
        if (isReady) await session.start(runnable(command), isReady);
        else printed += await session.run(runnable(command));
      }
      return printed;
    }

    /** Writes JavaScript to the file that its first line names. Runs it if it is a module or a test (`.mjs`). */
    async function runFile(text: string): Promise<void> {
      const name = /^\/\/ (\S+)\n/.exec(text)?.[1] ?? '';
      assert.notEqual(name, '', `the first line names no file:\n${text}`);
      await session.run(`cat > ${name} <<'END_OF_FILE'\n${runnable(text)}END_OF_FILE`);
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
        await session.reset();
        if (runs) await session.start('npm start', /What next: /);
        for (const block of blocks) {
          const { language, text } = block;
          if (blocksNotRun.some(([of, start]) => of === document && text.startsWith(start))) continue;
          if (under !== block.under) await session.reset();
          under = block.under;
          if (language === 'sh' || language === 'console') printed = await runCommands(text);
          else if (language === 'js') await runFile(text);
          else if (language === 'text') assertPrinted(text, printed);
          else if (language === 'yaml') await runSteps(text);
          else assert.fail(`no test runs this block of ${language} in ${document}:\n${text}`);
        }
      });
    }

    /** Runs the steps of a workflow in the project that the document created. */
    async function runSteps(text: string): Promise<void> {
      await session.run('cd ../first-test');
      for (const [, step = ''] of text.matchAll(/^ *- run: (.+)$/gm)) await runCommands(step);
    }
  });
}
