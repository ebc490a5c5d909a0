import type { ConformReport, RowResult } from './run.ts';

/** The report as JUnit XML: a case for each probe, a suite for each first word of the rows. */
export function junit({ origin, results }: ConformReport): string {
  const suites = [...Map.groupBy(results, ({ row }) => row.split('.')[0] ?? '')].map(
    ([name, cases]) =>
      `  <testsuite ${attributes({ name, tests: cases.length, failures: count(cases, 'differs'), skipped: cases.length - count(cases, 'same') - count(cases, 'differs') })}>\n${cases.map(caseOf).join('')}  </testsuite>\n`,
  );
  const all = {
    name: `accord conform ${origin}`,
    tests: results.length,
    failures: count(results, 'differs'),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes(all)}>\n${suites.join('')}</testsuites>\n`;
}

const count = (results: readonly RowResult[], outcome: RowResult['outcome']): number =>
  results.filter((each) => each.outcome === outcome).length;

function caseOf({ row, name, outcome, why, differences }: RowResult): string {
  const open = `    <testcase ${attributes({ classname: row, name })}`;
  if (outcome === 'same') return `${open}/>\n`;
  if (outcome !== 'differs') {
    const message = why ?? "this project's own, absent here";
    return `${open}>\n      <skipped ${attributes({ message })}/>\n    </testcase>\n`;
  }
  const failures = differences.map(({ expected, got, requestId, repeat }) => {
    const more = [requestId && `request ${requestId}`, repeat].filter(Boolean).join('\n');
    return `      <failure ${attributes({ message: `expected ${expected}; got ${got}` })}>${escaped(more)}</failure>\n`;
  });
  // Readers of JUnit know one failure a case.
  return `${open}>\n${failures[0] ?? ''}    </testcase>\n`;
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ');

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const signs: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

const escaped = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[<>&"\n\r\t]/g, (sign) => signs[sign] ?? sign);
