import type { Command } from 'commander';
import { loadCatalogue } from '../../catalogue/catalogue.ts';
import { personals } from '../../catalogue/personal.ts';
import { Failure } from '../../contract/failure.ts';
import { statuses } from '../../contract/statuses.ts';
import { beginMirror, endMirror } from '../../mirror/begin.ts';
import { copyBelow } from '../../mirror/below.ts';
import { type Copying, newTally } from '../../mirror/copying.ts';
import { danglingLinks } from '../../mirror/dangling.ts';
import { copyFiles, longestFile } from '../../mirror/files.ts';
import { filesIn, namedIn, type PlanFlags, reserveIn } from '../../mirror/flags.ts';
import { copyList } from '../../mirror/lists.ts';
import { copyMoves } from '../../mirror/moves.ts';
import { type Part, planOf } from '../../mirror/plan.ts';
import { personalsIn, redactor } from '../../mirror/redact.ts';
import { createSource } from '../../mirror/source.ts';
import { openFiles } from '../../server/file-place.ts';
import { type CredentialFlags, originOf, tokensFor } from '../mirror/credentials.ts';
import { type Report, tellReport } from '../mirror/report.ts';
import { printJson, remark } from '../print.ts';
import { createProgress } from '../progress.ts';
import { collect, type StoreFlags, withDeploymentOptions, withStore } from '../store-options.ts';

interface Flags extends StoreFlags, CredentialFlags, PlanFlags {
  readonly redact?: string | true;
  readonly reserve?: string;
  readonly full?: boolean;
  readonly force?: boolean;
  readonly progress?: boolean;
  readonly json?: boolean;
}

export function define(command: Command): void {
  withDeploymentOptions(command.argument('<url>', 'origin of the API, such as https://acme.api.accelo.com'))
    .option('--token <token>', 'access token (ACCORD_MIRROR_TOKEN)')
    .option('--token-stdin', 'read the access token from standard input')
    .option('--client-id <id>', 'client id of a service application (ACCORD_MIRROR_CLIENT_ID)')
    .option('--client-secret <secret>', 'its secret (ACCORD_MIRROR_CLIENT_SECRET)')
    .option('--client-secret-stdin', 'read the secret from standard input')
    .option('--scope <scope>', 'scope to ask for with client credentials (read(all))')
    .option('--only <resource>', 'only this resource; repeatable', collect)
    .option('--except <resource>', 'not this resource; repeatable', collect)
    .option('--redact [kinds]', `replace what is personal: any of ${personals.join(',')} (all)`)
    .option('--reserve <requests>', 'requests of each hour left to other clients: a number, or 10% (10%)')
    .option(
      '--files <place>',
      'where files are kept, as accord serve has it (files, in the data folder; ACCORD_FILES)',
    )
    .option('--no-files', 'leave out what files hold')
    .option('--full', 'ask for everything again, not only for what has changed since the last copy')
    .option('--force', 'also into a deployment that has data of its own, which is overwritten')
    .option('--progress', 'count on standard error, also when it is no terminal')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(mirror);
}

const help = `
Copies what the public API tells, with its ids, into a deployment here (--deployment; the first label of the host unless told), which is made
if it is not there. Nothing is written to the source. A copy that was interrupted goes on where it was when the same command is run again; one
that is whole brings what has changed since. Objects that were removed from the source stay.

What files hold is brought too, where a server here looks for it: give --files what you give accord serve.

What the API does not tell is listed at the end: passwords, levels of access and secrets among it. Give somebody access, then make an
application:
  accord staff set USERNAME --deployment acme --access admin
  accord application create --deployment acme --type service --name sandbox --staff USERNAME
`;

async function mirror(url: string, { json, progress: asked, ...flags }: Flags): Promise<void> {
  const origin = originOf(url);
  const name =
    flags.deployment ?? (process.env.ACCORD_DEPLOYMENT || new URL(origin).hostname.split('.')[0] || '');
  const reserve = reserveIn(flags.reserve ?? '10%');
  const redacts = personalsIn(flags.redact);
  const redactsFiles = redacts.includes('text');
  const wantsFiles = flags.files !== false && !redactsFiles;
  if (wantsFiles) filesIn(flags);
  if (redactsFiles && flags.files !== false) remark('what files hold is left out, for it cannot be redacted');
  // Before the store is opened, which a command that is mistyped should not make.
  const named = namedIn(flags, await loadCatalogue());
  const token = await tokensFor(origin, flags, process.env);
  const progress = createProgress(asked);
  const onWait = (seconds: number, why: string): void => {
    progress.end();
    remark(`waiting ${seconds} s: ${why}`);
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      progress.end();
      remark('stopped: run the same command again to go on');
      // Whatever is under way is written whole, or not at all.
      process.exit(code);
    });
  const source = createSource({ origin, token, reserve, onWait });
  const started = performance.now();
  const hello = await source.get('tokeninfo', {});
  if (!hello.ok && !Object.hasOwn(statuses, hello.status))
    throw new Failure(
      `${origin} does not answer as an API of this kind does (${hello.status} to GET /api/v0/tokeninfo${hello.message && `: ${hello.message}`}): see that the URL is that of a deployment's API, such as https://acme.api.accelo.com`,
    );
  await withStore(
    flags,
    async ({ store, catalogue, config, now }) => {
      const there = hello.ok ? (hello.at ?? now) : now;
      const wanted = {
        name,
        origin,
        redacts,
        force: flags.force === true,
        full: flags.full === true,
        now: { there, here: now },
      };
      const begun = await beginMirror(store, catalogue, wanted);
      const place = wantsFiles
        ? await openFiles({ ...config, files: filesIn(flags) }, 2 * longestFile)
        : undefined;
      const { deployment, mirror: journal, before, resumed } = begun;
      const { parts, untold } = planOf(catalogue, named, wantsFiles);
      const tally = newTally();
      const copying: Copying = {
        source,
        store,
        catalogue,
        files: place?.files,
        deployment: deployment.id,
        mirror: journal,
        held: begun.held,
        redact: redactor(redacts, journal.salt),
        tally,
        progress,
      };
      try {
        for (const part of parts) await copyPart(copying, part);
        await endMirror(store, begun);
      } finally {
        progress.end();
        await place?.release();
        await begun.held.release();
      }
      const report: Report = {
        deployment: deployment.name,
        source: origin,
        resumed,
        since: before?.since ?? null,
        copied: Object.fromEntries([...tally.copied].map(([name, ids]) => [name, ids.size])),
        total: [...tally.copied.values()].reduce((sum, { size }) => sum + size, 0),
        requests: source.sent(),
        seconds: Math.round(performance.now() - started) / 1_000,
        waited: Math.round(source.waited() / 1_000),
        leftOut: Object.fromEntries(tally.leftOut),
        unreadable: Object.fromEntries(tally.unreadable),
        dangling: Object.fromEntries(await danglingLinks(store, deployment.id, catalogue)),
        untold: Object.fromEntries(
          untold.map(({ resource, columns, kinds }) => [
            resource,
            columns === 'all' ? columns : [...columns, ...kinds.map((kind) => `those of ${kind}`)],
          ]),
        ),
      };
      if (json) printJson(report);
      else tellReport(report);
    },
    true,
  );
}

const copyPart = (copying: Copying, part: Part): Promise<void> =>
  part.as === 'list'
    ? copyList(copying, part)
    : part.as === 'below'
      ? copyBelow(copying, part)
      : part.as === 'moves'
        ? copyMoves(copying, part)
        : copyFiles(copying, part);
