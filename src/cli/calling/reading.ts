import { type CauseName, causes, rowOf } from '../../contract/causes.ts';
import { type StatusName, statuses } from '../../contract/statuses.ts';
import { visible } from '../../contract/visible.ts';
import type { HttpAnswer } from '../../http/exchange.ts';
import { headerOf, readStatus, type StatusReading } from '../../http/read-status.ts';
import type { Terminal } from '../terminal.ts';

/** The status in words, on stderr, so that the body on stdout stays what it is. */
export function printReading(terminal: Terminal, answered: HttpAnswer): StatusReading {
  const reading = readStatus(answered);
  const { status, message } = reading;
  const { headers, http } = answered;
  const ok = status === 'ok';
  terminal.remark(
    `${terminal.paint(ok ? 'green' : 'red', visible(status), terminal.stderr)} (HTTP ${http})${message === undefined ? '' : `: ${visible(message)}`}`,
  );
  const cause = headerOf(headers, 'x-status-cause');
  if (cause !== undefined)
    terminal.remark(`  because  ${visible(cause)}${isCause(cause) ? `: ${rowOf(cause).because}` : ''}`);
  if (!ok)
    terminal.remark(
      `  to do    ${cause !== undefined && isCause(cause) ? rowOf(cause).remedy : adviceFor(status)}`,
    );
  const ignored = headerOf(headers, 'x-status-ignored');
  if (ignored !== undefined)
    terminal.remark(`  ignored  ${visible(ignored)}: this list has no such filter, order or search`);
  const wait = headerOf(headers, 'retry-after');
  if (wait !== undefined) terminal.remark(`  wait     ${visible(wait)} s`);
  const left = headerOf(headers, 'x-ratelimit-remaining');
  const reset = Number(headerOf(headers, 'x-ratelimit-reset'));
  if (left !== undefined) {
    const until =
      Number.isSafeInteger(reset) && reset > 0 && reset < 2 ** 40
        ? ` until ${new Date(reset * 1_000).toISOString().slice(11, 19)} UTC`
        : '';
    terminal.remark(
      `  quota    ${visible(left)} of ${visible(headerOf(headers, 'x-ratelimit-limit'))} left${until}`,
    );
  }
  const id = headerOf(headers, 'x-request-id');
  if (id !== undefined)
    terminal.remark(`  request  ${visible(id)}${ok ? '' : ` (why: accord explain ${visible(id)})`}`);
  return reading;
}

const isCause = (name: string): name is CauseName => Object.hasOwn(causes, name) || name.endsWith('.taken');

const adviceFor = (status: string): string =>
  Object.hasOwn(statuses, status)
    ? statuses[status as StatusName].advice
    : 'this status is not one of the documented ones; see the message';
