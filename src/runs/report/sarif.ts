import { type Checked, missingFrom, type Report, type Shown } from './report.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** SARIF 2.1.0. A place is a line of the run's file: as `accord sandbox run show --lines` prints it, or the file that the report is of. */
export function sarifReport(report: Report, file?: string): string {
  const { run, lints, coverage } = report;
  const name = file ?? `${run.name}.ndjson`;
  const uri = name.split('/').map(encodeURIComponent).join('/');
  // The first line says what the file is. What a sandbox has dropped is not in what it shows.
  const before = file === undefined ? 1 - run.dropped : 1;
  const placed = (shown: Shown) => location(shown, uri, shown.number + before);
  const results = lints.flatMap((lint, index) => resultsOf(lint, index, placed));
  const log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'accord',
            rules: lints.map(({ id, level, row, finds, instead }) => ({
              id,
              shortDescription: { text: finds },
              help: { text: instead },
              defaultConfiguration: { level },
              properties: { row },
            })),
          },
        },
        automationDetails: { id: `accord/${run.name}` },
        invocations: [
          {
            executionSuccessful: true,
            startTimeUtc: new Date(run.started).toISOString(),
            ...(run.ended === undefined ? {} : { endTimeUtc: new Date(run.ended).toISOString() }),
            toolExecutionNotifications: missingFrom(run).map((text) => ({
              level: 'warning',
              message: { text },
            })),
          },
        ],
        results,
        properties: { exchanges: run.exchanges, coverage },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

type Result = Readonly<Record<string, unknown>>;

function resultsOf(
  { id, level, row, findings, unlooked }: Checked,
  ruleIndex: number,
  placed: (shown: Shown) => Result,
): readonly Result[] {
  const rule = { ruleId: id, ruleIndex };
  if (unlooked !== undefined) {
    const message = { text: `Not looked at: ${unlooked}`.toWellFormed() };
    return [{ ...rule, kind: 'notApplicable', level: 'none', message }];
  }
  return findings.map(({ message, exchanges, of }) => ({
    ...rule,
    level,
    message: { text: message.toWellFormed() },
    locations: exchanges.slice(0, 1).map(placed),
    relatedLocations: exchanges.slice(1).map(placed),
    partialFingerprints: { 'accordRule/v1': `${id} ${exchanges[0]?.what ?? ''}`.toWellFormed() },
    properties: { row, exchanges: of, requests: exchanges.map(({ id }) => id.toWellFormed()) },
  }));
}

function location({ what, id, status }: Shown, uri: string, startLine: number): Result {
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine } },
    logicalLocations: [{ fullyQualifiedName: what.toWellFormed(), kind: 'member' }],
    message: { text: `${what}: ${status} (${id})`.toWellFormed() },
  };
}
