import type { Command } from 'commander';
import { BadUsage, Failure } from '../../contract/failure.ts';
import type { LintLevel } from '../../runs/lint.ts';
import { readRun } from '../../runs/recording/file.ts';
import { isReportFormat, type ReportFormatName, reportFormats } from '../../runs/report/formats.ts';
import { findingsFrom, type Report, reportOf } from '../../runs/report/report.ts';
import type { Terminal } from '../terminal.ts';
import { controlOf, type DeploymentFlags, withDeploymentControl } from './control.ts';
import { runNamed, runsOf } from './run.ts';

interface ReportFlags extends DeploymentFlags {
  readonly format?: string;
  readonly from?: string;
  readonly failOn?: string;
}

export function defineReport(parent: Command, terminal: Terminal): void {
  withDeploymentControl(
    parent
      .command('report [run]')
      .description('print what a client did wrong, and which statuses and causes it met')
      .option('--format <format>', `${Object.keys(reportFormats).join(', ')} (text)`)
      .option('--from <file>', 'read the exchanges from a file of accord record, instead of a sandbox')
      .option('--fail-on <level>', 'exit code 1 for findings of this level or above: error, warning or note'),
  ).action((run: string | undefined, flags: ReportFlags) => report(terminal, run, flags));
}

export function formatNamed(name: string): ReportFormatName {
  if (isReportFormat(name)) return name;
  throw new BadUsage(`"${name}" is no format: ${Object.keys(reportFormats).join(', ')} are`);
}

const lintLevels: readonly string[] = ['error', 'warning', 'note'] satisfies readonly LintLevel[];

async function report(terminal: Terminal, run: string | undefined, flags: ReportFlags): Promise<void> {
  const format = formatNamed(flags.format ?? (flags.json ? 'json' : 'text'));
  const { failOn } = flags;
  if (failOn !== undefined && !lintLevels.includes(failOn))
    throw new BadUsage(`--fail-on is "${failOn}": one of ${lintLevels.join(', ')} is wanted`);
  const made =
    flags.from === undefined
      ? await reportOfSandbox(terminal, run, flags, format)
      : await reportOfFile(terminal, flags.from, format);
  terminal.stdout.write(made.text);
  if (failOn === undefined) return;
  const count = findingsFrom(await made.report(), failOn as LintLevel);
  if (count > 0) terminal.exitCode = 1;
}

interface Made {
  readonly text: string;
  readonly report: () => Promise<Report>;
}

async function reportOfSandbox(
  terminal: Terminal,
  run: string | undefined,
  flags: ReportFlags,
  format: ReportFormatName,
): Promise<Made> {
  const control = controlOf(terminal, flags);
  const path = `${runsOf(control)}/${runNamed(run)}/report`;
  return {
    text: await control.text('GET', `${path}?format=${format}`),
    report: () => control.json<Report>('GET', path),
  };
}

async function reportOfFile(terminal: Terminal, file: string, format: ReportFormatName): Promise<Made> {
  const { state, recorded, torn } = await readRun(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === undefined ? error : new Failure(`${file} cannot be read: ${error.message}`);
  });
  if (torn) terminal.remark('The last line is incomplete and was left out: the recorder was killed.');
  const made = await reportOf(state, recorded);
  return { text: reportFormats[format].write(made, file), report: async () => made };
}
