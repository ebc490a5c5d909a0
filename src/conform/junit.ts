import { type JunitCase, junitXml } from '../contract/junit.ts';
import type { ConformReport, RowResult } from './run.ts';

/** The report as JUnit XML: a case for each probe, a suite for each first word of the rows. */
export function junit({ origin, results }: ConformReport): string {
  const suites = [...Map.groupBy(results, ({ row }) => row.split('.')[0] ?? '')].map(([name, cases]) => ({
    name,
    cases: cases.map(caseOf),
  }));
  return junitXml(`accord conform ${origin}`, suites);
}

function caseOf({ row, name, outcome, why, differences }: RowResult): JunitCase {
  const probe = { classname: row, name };
  if (outcome === 'same') return probe;
  if (outcome !== 'differs') return { ...probe, skipped: why ?? "this project's own, absent here" };
  const failures = differences.map(({ expected, got, requestId, repeat }) => ({
    message: `expected ${expected}; got ${got}`,
    text: [requestId && `request ${requestId}`, repeat].filter(Boolean).join('\n'),
  }));
  // Readers of JUnit know one failure a case.
  return { ...probe, failures: failures.slice(0, 1) };
}
