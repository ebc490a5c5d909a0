import { type Checked, missingFrom, type Report } from './report.ts';

/** JUnit's XML: each rule is a test case, each finding a failure of it; what was not looked at is skipped. */
export function junitReport(report: Report): string {
  const { run, lints, coverage } = report;
  const failures = lints.filter(({ findings }) => findings.length > 0).length;
  const skipped = lints.filter(({ unlooked }) => unlooked !== undefined).length;
  const seconds = ((run.ended ?? run.started) - run.started) / 1_000;
  const counts = `tests="${lints.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${Math.max(0, seconds).toFixed(3)}"`;
  const properties = [
    ['exchanges', String(run.exchanges)],
    ['statuses.met', coverage.statuses.met.map(({ name }) => name).join(' ')],
    ['statuses.unmet', coverage.statuses.unmet.join(' ')],
    ['causes.met', coverage.causes.met.map(({ name }) => name).join(' ')],
    ['causes.unmet', coverage.causes.unmet.join(' ')],
    ...missingFrom(run).map((line) => ['missing', line] as const),
  ] as const;
  const name = attribute(`accord sandbox ${run.name}`);
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="accord" ${counts}>`,
    `  <testsuite name="${name}" ${counts} timestamp="${new Date(run.started).toISOString().slice(0, 19)}">`,
    '    <properties>',
    ...properties.map(
      ([name, value]) => `      <property name="${attribute(name)}" value="${attribute(value)}"/>`,
    ),
    '    </properties>',
    ...lints.flatMap((lint) => testcase(lint, run.name)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}

function testcase({ id, level, row, findings, unlooked }: Checked, run: string): readonly string[] {
  const start = `    <testcase classname="${attribute(`accord.${run}`)}" name="${attribute(id)}" time="0"`;
  if (unlooked !== undefined)
    return [
      `${start}>`,
      `      <skipped message="${attribute(`not looked at: ${unlooked}`)}"/>`,
      '    </testcase>',
    ];
  if (findings.length === 0) return [`${start}/>`];
  return [
    `${start}>`,
    ...findings.map(({ message, exchanges, of }) => {
      const lines = [
        `${level}, ${row}`,
        ...exchanges.map(({ number, what, status, id }) => `#${number} ${what} ${status} ${id}`),
        ...(of > exchanges.length ? [`and ${of - exchanges.length} more`] : []),
      ];
      return `      <failure type="${level}" message="${attribute(message)}">${text(lines.join('\n'))}</failure>`;
    }),
    '    </testcase>',
  ];
}

// XML 1.0 has no way to write these at all.
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const text = (given: string): string =>
  given
    .toWellFormed()
    .replace(unwritable, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

const attribute = (given: string): string =>
  text(given)
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
