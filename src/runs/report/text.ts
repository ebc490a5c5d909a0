import { countText } from '../times.ts';
import { type Checked, missingFrom, type Report } from './report.ts';

/** For people: one screen, the worst first. */
export function textReport(report: Report): string {
  const { run, lints, coverage } = report;
  const found = lints.filter(({ findings }) => findings.length > 0).sort(bySeverity);
  const clean = lints.filter(({ findings, unlooked }) => findings.length === 0 && unlooked === undefined);
  const unlooked = lints.filter((lint) => lint.unlooked !== undefined);
  const count = found.reduce((sum, { findings }) => sum + findings.length, 0);
  return `${[
    `Run ${visible(run.name)}: ${countText(run.exchanges, 'exchange')}, ${count === 0 ? 'nothing found' : `${count} found`}`,
    ...missingFrom(run).map((line) => `  ${line}`),
    ...found.flatMap(lintLines),
    '',
    `Nothing found by: ${clean.map(({ id }) => id).join(', ') || 'no rule'}`,
    ...unlooked.map(({ id, unlooked }) => `Not looked at: ${id} (${unlooked})`),
    '',
    `Statuses met: ${times(coverage.statuses.met)}`,
    `Statuses not met: ${coverage.statuses.unmet.join(', ') || 'none'}`,
    ...(coverage.others.length > 0 ? [`Other words: ${times(coverage.others)}`] : []),
    ...(coverage.tellsCauses
      ? [
          `Causes met: ${times(coverage.causes.met)}`,
          `Causes not met: ${coverage.causes.unmet.join(', ') || 'none'}`,
        ]
      : [withoutCauses(report)]),
  ].join('\n')}\n`;
}

/** Only a refusal has a cause, and only a sandbox returns it. */
const withoutCauses = ({ coverage: { statuses, others } }: Report): string =>
  others.length === 0 && statuses.met.every(({ name }) => name === 'ok')
    ? 'Causes met: none, because no request was refused'
    : 'Causes: the server returned none (only a sandbox does)';

const order = Object.freeze({ error: 0, warning: 1, note: 2 } as const);
const bySeverity = (a: Checked, b: Checked): number => order[a.level] - order[b.level];

function lintLines({ id, level, row, findings }: Checked): readonly string[] {
  return findings.flatMap(({ message, exchanges, of }) => [
    '',
    `${level}  ${id}  (${row})`,
    `  ${visible(message)}`,
    ...exchanges.map(
      ({ number, what, status, id }) => `  #${number}  ${visible(what)}  ${visible(status)}  ${visible(id)}`,
    ),
    ...(of > exchanges.length ? [`  and ${of - exchanges.length} more`] : []),
  ]);
}

const times = (met: readonly { readonly name: string; readonly times: number }[]): string =>
  met.map(({ name, times }) => `${visible(name)} ${times}`).join(', ') || 'none';

/** What a client sent may hold anything; a terminal gets no control characters. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\u{fffd}');
