import { xmlAttribute, xmlText } from './xml.ts';

export interface JunitFailure {
  readonly message: string;
  /** `error`, `warning` … */
  readonly type?: string;
  readonly text: string;
}

/** A test case: passed, unless it has failures or was skipped. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly failures?: readonly JunitFailure[];
  /** Why it was skipped. */
  readonly skipped?: string;
}

export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
  readonly properties?: readonly (readonly [name: string, value: string])[];
  /** Unix milliseconds. */
  readonly started?: number;
  readonly seconds?: number;
}

/** Suites of test cases as JUnit XML, the format in which CI systems read results. */
export function junitXml(name: string, suites: readonly JunitSuite[]): string {
  const timed = suites.flatMap(({ seconds }) => seconds ?? []);
  const attributes = attributesOf({
    name,
    ...countsOf(suites.flatMap(({ cases }) => cases)),
    time: timed.length > 0 ? timed.reduce((sum, each) => sum + each, 0).toFixed(3) : undefined,
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suiteLines({ name, cases, properties = [], started, seconds }: JunitSuite): readonly string[] {
  const attributes = attributesOf({
    name,
    ...countsOf(cases),
    time: seconds?.toFixed(3),
    timestamp: started === undefined ? undefined : new Date(started).toISOString().slice(0, 19),
  });
  const rows = properties.map(([key, value]) => `      <property ${attributesOf({ name: key, value })}/>`);
  return [
    `  <testsuite ${attributes}>`,
    ...(rows.length > 0 ? ['    <properties>', ...rows, '    </properties>'] : []),
    ...cases.flatMap(caseLines),
    '  </testsuite>',
  ];
}

function caseLines({ classname, name, failures = [], skipped }: JunitCase): readonly string[] {
  const open = `    <testcase ${attributesOf({ classname, name, time: '0' })}`;
  const inside =
    skipped === undefined
      ? failures.map(
          ({ type, message, text }) =>
            `      <failure ${attributesOf({ type, message })}>${xmlText(text)}</failure>`,
        )
      : [`      <skipped ${attributesOf({ message: skipped })}/>`];
  return inside.length === 0 ? [`${open}/>`] : [`${open}>`, ...inside, '    </testcase>'];
}

const countsOf = (cases: readonly JunitCase[]) => ({
  tests: cases.length,
  failures: cases.filter(({ failures = [], skipped }) => skipped === undefined && failures.length > 0).length,
  errors: 0,
  skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
});

const attributesOf = (values: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${xmlAttribute(String(value))}"`)
    .join(' ');
