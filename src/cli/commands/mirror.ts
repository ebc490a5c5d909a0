import type { Command } from 'commander';
import { loadCatalogue } from '../../catalogue/catalogue.ts';
import { personals } from '../../catalogue/personal.ts';
import { Failure } from '../../contract/failure.ts';
import { statuses } from '../../contract/statuses.ts';
import { longestFile } from '../../mirror/files.ts';
import { filesIn, namedIn, type PlanFlags, reserveIn } from '../../mirror/flags.ts';
import { personalsIn } from '../../mirror/redact.ts';
import { runMirror } from '../../mirror/run.ts';
import { createSource, type Source } from '../../mirror/source.ts';
import { openFiles } from '../../server/file-place.ts';
import type { Progress } from '../../transfer/progress.ts';
import { type CredentialFlags, originOf, tokensFor } from '../mirror/credentials.ts';
import { printMirrorReport } from '../mirror/report.ts';
import { createProgress } from '../progress.ts';
import { collect, type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface Flags extends StoreFlags, CredentialFlags, PlanFlags {
  readonly redact?: string | true;
  readonly reserve?: string;
  readonly full?: boolean;
  readonly force?: boolean;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export const summary = 'copy a deployment over its API';

export function define(command: Command, terminal: Terminal): void {
  withDeploymentOptions(command.argument('<url>', 'origin of the API, such as https://acme.api.accelo.com'))
    .option('--token <token>', 'access token (ACCORD_MIRROR_TOKEN)')
    .option('--token-stdin', 'read the access token from standard input')
    .option('--client-id <id>', 'client id of a service application (ACCORD_MIRROR_CLIENT_ID)')
    .option('--client-secret <secret>', 'its secret (ACCORD_MIRROR_CLIENT_SECRET)')
    .option('--client-secret-stdin', 'read the secret from standard input')
    .option('--scope <scope>', 'scope to request with client credentials (read(all))')
    .option('--only <resource>', 'only this resource; repeatable', collect)
    .option('--except <resource>', 'not this resource; repeatable', collect)
    .option('--redact [kinds]', `replace personal data: any of ${personals.join(',')} (all)`)
    .option('--reserve <requests>', 'requests of each hour left to other clients: a number, or 10% (10%)')
    .option(
      '--files <place>',
      'where files are kept, as accord serve has it (files, in the data folder; ACCORD_FILES)',
    )
    .option('--no-files', 'leave out the contents of files')
    .option('--full', 'copy everything again, not only what has changed since the last copy')
    .option('--force', 'copy into a deployment with data of its own too, which is overwritten')
    .option('--progress', 'count on standard error, also when it is no terminal')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((url: string, flags: Flags) => mirror(terminal, url, flags));
}

const help = `
Copies what the public API returns, ids included, into a deployment here (--deployment, or the first label of the host), which is created if
it does not exist. Nothing is written to the source. After an interruption the same command goes on where it stopped; after a whole copy it
copies what has changed since. Objects that were deleted in the source stay.

The contents of files are copied too, to where a server here looks for them: give --files the value that accord serve has.

What the API does not return is listed at the end, among it passwords, levels of access and secrets. Give a person access, then create an
application:
  accord staff set USERNAME --deployment acme --access admin
  accord application create --deployment acme --type service --name sandbox --staff USERNAME
`;

async function mirror(
  terminal: Terminal,
  url: string,
  { json, progress: showProgress, ...flags }: Flags,
): Promise<void> {
  const { environment } = terminal;
  const origin = originOf(url);
  const reserve = reserveIn(flags.reserve ?? '10%');
  const redacts = personalsIn(flags.redact);
  const copiesFiles = flags.files !== false && !redacts.includes('text');
  if (copiesFiles) filesIn(flags, environment);
  if (flags.files !== false && !copiesFiles)
    terminal.remark('contents of files are left out: they cannot be redacted');
  // Before the store is opened: a mistyped command must not create one.
  const only = namedIn(flags, await loadCatalogue());
  const progress = createProgress(terminal, showProgress);
  endOnSignal(terminal, progress);
  const source = createSource({
    ...{ origin, reserve },
    token: await tokensFor(origin, flags, terminal),
    onWait: (seconds, why) => {
      progress.end();
      terminal.remark(`waiting ${seconds} s: ${why}`);
    },
  });
  const started = performance.now();
  const sourceNow = await timeOf(source, origin);
  await withStore(
    terminal,
    flags,
    async ({ store, catalogue, config, now }) => {
      const place = copiesFiles
        ? await openFiles({ ...config, files: filesIn(flags, environment) }, 2 * longestFile)
        : undefined;
      const request = {
        ...{ source, origin, only, redacts, progress },
        name: flags.deployment ?? (environment.ACCORD_DEPLOYMENT || firstLabel(origin)),
        force: flags.force === true,
        full: flags.full === true,
        sourceNow: sourceNow ?? now,
      };
      const target = { store, catalogue, files: place?.files, now };
      const result = await runMirror(request, target).finally(() => place?.release());
      const report = { ...result, seconds: Math.round(performance.now() - started) / 1_000 };
      if (json) terminal.printJson(report);
      else printMirrorReport(terminal, report);
    },
    true,
  );
}

const firstLabel = (origin: string): string => new URL(origin).hostname.split('.')[0] ?? '';

/** The time of the source, in unix seconds, where it says one. Throws a `Failure` for a server that is no API of this kind. */
async function timeOf(source: Source, origin: string): Promise<number | undefined> {
  const answer = await source.get('tokeninfo', {});
  if (answer.ok) return answer.at;
  if (Object.hasOwn(statuses, answer.status)) return undefined;
  const message = answer.message && `: ${answer.message}`;
  throw new Failure(
    `${origin} does not answer as an API of this kind does (${answer.status} to GET /api/v0/tokeninfo${message}): check that the URL is that of a deployment's API, such as https://acme.api.accelo.com`,
  );
}

/** What is under way is written whole, or not at all. */
function endOnSignal(terminal: Terminal, progress: Progress): void {
  terminal.onSignal((signal) => {
    progress.end();
    terminal.remark('stopped: run the same command again to go on');
    terminal.exit(signal === 'SIGINT' ? 130 : 143);
  });
}
