import { type JunitCase, junitXml } from '../../contract/junit.ts';
import { type Checked, missingFrom, type Report } from './report.ts';

/** The report as JUnit XML: each rule is a test case, each finding a failure of it. Rules that were not checked are skipped. */
export function junitReport({ run, lints, coverage }: Report): string {
  const properties = [
    ['exchanges', String(run.exchanges)],
    ['statuses.met', coverage.statuses.met.map(({ name }) => name).join(' ')],
    ['statuses.unmet', coverage.statuses.unmet.join(' ')],
    ['causes.met', coverage.causes.met.map(({ name }) => name).join(' ')],
    ['causes.unmet', coverage.causes.unmet.join(' ')],
    ...missingFrom(run).map((line) => ['missing', line] as const),
  ] as const;
  return junitXml('accord', [
    {
      name: `accord sandbox ${run.name}`,
      cases: lints.map((lint) => caseOf(lint, run.name)),
      properties,
      started: run.started,
      seconds: Math.max(0, ((run.ended ?? run.started) - run.started) / 1_000),
    },
  ]);
}

function caseOf({ id, level, row, findings, unlooked }: Checked, run: string): JunitCase {
  const rule = { classname: `accord.${run}`, name: id };
  if (unlooked !== undefined) return { ...rule, skipped: `not looked at: ${unlooked}` };
  const failures = findings.map(({ message, exchanges, of }) => {
    const lines = [
      `${level}, ${row}`,
      ...exchanges.map((each) => `#${each.number} ${each.what} ${each.status} ${each.id}`),
      ...(of > exchanges.length ? [`and ${of - exchanges.length} more`] : []),
    ];
    return { type: level, message, text: lines.join('\n') };
  });
  return { ...rule, failures };
}
