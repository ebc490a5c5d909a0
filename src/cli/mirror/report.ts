import { print, remark } from '../print.ts';

/** What a run did, as `--json` prints it. */
export interface Report {
  readonly deployment: string;
  readonly source: string;
  /** It went on where another run had stopped. */
  readonly resumed: boolean;
  /** When the last whole copy began, which this one brings up to date; unix seconds. */
  readonly since: number | null;
  /** Objects written, by resource. */
  readonly copied: Readonly<Record<string, number>>;
  readonly total: number;
  readonly requests: number;
  readonly seconds: number;
  /** Seconds of these that were spent waiting for the quota, and after failures. */
  readonly waited: number;
  /** What the source did not give, and why. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** Values that this version cannot keep, by field. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Links to objects that are not there, by field. */
  readonly dangling: Readonly<Record<string, number>>;
  /** What no request tells: columns by resource, or all of it. */
  readonly untold: Readonly<Record<string, readonly string[] | 'all'>>;
}

/** Counts on stdout; what could not be had on stderr. */
export function tellReport(report: Report): void {
  const { copied, total, source, deployment, requests, seconds, waited, since, resumed } = report;
  for (const [name, count] of Object.entries(copied)) print(`${String(count).padStart(8)} ${name}`);
  const what =
    since === null
      ? 'objects'
      : `objects, changed since ${new Date(since * 1_000).toISOString()} or asked for again,`;
  print(
    `${String(total).padStart(8)} ${what} of ${source} copied into ${deployment} in ${seconds} s, with ${requests} requests${waited > 0 ? `; ${waited} s of waiting` : ''}${resumed ? '; it went on where it had stopped' : ''}`,
  );
  for (const [name, why] of Object.entries(report.leftOut)) remark(`left out  ${name}: ${why}`);
  for (const [name, count] of Object.entries(report.unreadable))
    remark(`left empty  ${name}, ${count} times: its value is none that this version keeps`);
  for (const [name, count] of Object.entries(report.dangling))
    remark(`leads nowhere  ${name}, ${count} times: what it names was not copied`);
  const untold = Object.entries(report.untold).map(([name, columns]) =>
    columns === 'all' ? name : `${name} (${columns.join(', ')})`,
  );
  if (untold.length > 0) remark(`the API does not tell  ${untold.join(', ')}`);
}
