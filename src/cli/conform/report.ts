import type { ConformReport, Outcome, RowResult } from '../../conform/run.ts';
import { visible } from '../../contract/visible.ts';
import type { Terminal } from '../terminal.ts';

const colours = { same: 'green', differs: 'red', absent: 'gray', 'not probed': 'gray' } as const;

export const countOf = ({ results }: ConformReport, outcome: Outcome): number =>
  results.filter((each) => each.outcome === outcome).length;

/** Whether the server keeps the contract, as far as it was probed. */
export const isSame = (report: ConformReport): boolean =>
  countOf(report, 'differs') === 0 && report.left.length === 0;

/** For people: row by row, the differences below. */
export function printReport(terminal: Terminal, report: ConformReport): void {
  const { origin, profile, requests, results } = report;
  const rows = results.map(({ row, name, outcome, why }) => [
    row,
    outcome,
    why === undefined ? name : `${name}: ${why}`,
  ]);
  terminal.printTable(['row', 'outcome', 'what'], rows);
  for (const result of results) if (result.outcome === 'differs') printDifferences(terminal, result);
  const counts = (['same', 'differs', 'absent', 'not probed'] as const).map((each) =>
    terminal.paint(colours[each], `${countOf(report, each)} ${each}`),
  );
  terminal.print(`\n${origin} (${profile}): ${counts.join(', ')}; ${requests} requests`);
  remarkLeft(terminal, report);
}

export function remarkLeft(terminal: Terminal, { left }: ConformReport): void {
  for (const { list, id } of left)
    terminal.remark(`left behind: ${visible(`${list}/${id}`)} could not be removed`);
}

function printDifferences(terminal: Terminal, { row, name, differences }: RowResult): void {
  terminal.print(`\n${terminal.paint('bold', row)}  ${name}`);
  for (const { expected, got, requestId, repeat } of differences) {
    terminal.print(`  expected  ${visible(expected)}`);
    terminal.print(`  got       ${visible(got)}`);
    if (requestId !== undefined) terminal.print(`  request   ${visible(requestId)}`);
    if (repeat !== undefined) terminal.print(`  again     ${visible(repeat)}`);
  }
}
