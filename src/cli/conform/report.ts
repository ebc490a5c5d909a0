import type { Outcome, Report, Result } from '../../conform/run.ts';
import { visible } from '../../contract/visible.ts';
import { paint, print, remark, table } from '../print.ts';

const colours = { same: 'green', differs: 'red', absent: 'gray', 'not probed': 'gray' } as const;

export const countOf = ({ results }: Report, outcome: Outcome): number =>
  results.filter((each) => each.outcome === outcome).length;

/** Whether the server keeps the contract, as far as it was probed. */
export const isSame = (report: Report): boolean =>
  countOf(report, 'differs') === 0 && report.left.length === 0;

/** For people: row by row, the differences below. */
export function tell(report: Report): void {
  const { origin, profile, requests, results } = report;
  const rows = results.map(({ row, name, outcome, why }) => [
    row,
    outcome,
    why === undefined ? name : `${name}: ${why}`,
  ]);
  print(table(['row', 'outcome', 'what'], rows));
  for (const result of results) if (result.outcome === 'differs') tellDifferences(result);
  const counts = (['same', 'differs', 'absent', 'not probed'] as const).map((each) =>
    paint(colours[each], `${countOf(report, each)} ${each}`),
  );
  print(`\n${origin} (${profile}): ${counts.join(', ')}; ${requests} requests`);
  tellLeft(report);
}

export function tellLeft({ left }: Report): void {
  for (const { list, id } of left) remark(`left behind: ${visible(`${list}/${id}`)} could not be removed`);
}

function tellDifferences({ row, name, differences }: Result): void {
  print(`\n${paint('bold', row)}  ${name}`);
  for (const { expected, got, requestId, repeat } of differences) {
    print(`  expected  ${visible(expected)}`);
    print(`  got       ${visible(got)}`);
    if (requestId !== undefined) print(`  request   ${visible(requestId)}`);
    if (repeat !== undefined) print(`  again     ${visible(repeat)}`);
  }
}
