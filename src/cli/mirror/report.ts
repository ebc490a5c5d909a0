import type { MirrorResult } from '../../mirror/run.ts';
import type { Terminal } from '../terminal.ts';

interface MirrorReport extends MirrorResult {
  /** How long it took. */
  readonly seconds: number;
}

/** Counts on stdout; what could not be copied on stderr. */
export function printMirrorReport(terminal: Terminal, report: MirrorReport): void {
  const { copied, total, source, deployment, requests, seconds, waited, since, resumed } = report;
  for (const [name, count] of Object.entries(copied)) terminal.print(`${String(count).padStart(8)} ${name}`);
  const what =
    since === null
      ? 'objects'
      : `objects, changed since ${new Date(since * 1_000).toISOString()} or read again,`;
  terminal.print(
    `${String(total).padStart(8)} ${what} of ${source} copied into ${deployment} in ${seconds} s, with ${requests} requests${waited > 0 ? `; ${waited} s of waiting` : ''}${resumed ? '; continued after an interruption' : ''}`,
  );
  for (const [name, why] of Object.entries(report.leftOut)) terminal.remark(`left out  ${name}: ${why}`);
  for (const [name, count] of Object.entries(report.unreadable))
    terminal.remark(`left empty  ${name}, ${count} times: this version cannot keep its value`);
  for (const [name, count] of Object.entries(report.dangling))
    terminal.remark(`dangling  ${name}, ${count} times: the object that it names was not copied`);
  const untold = Object.entries(report.untold).map(([name, columns]) =>
    columns === 'all' ? name : `${name} (${columns.join(', ')})`,
  );
  if (untold.length > 0) terminal.remark(`not in the API  ${untold.join(', ')}`);
}
