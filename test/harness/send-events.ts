import type { EventData } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import type { Message } from './messages.ts';

/** A reporter of `node:test` for `worker.ts`: sends what becomes of each test of a file to the run. */
export default async function* sendEvents(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  const running: string[] = [];
  for await (const { type, data } of events) {
    if (type === 'test:dequeue') {
      running.splice(data.nesting, Number.POSITIVE_INFINITY, data.name);
      send({ type: 'started', names: running.slice(1) });
    } else if (type === 'test:start') names.splice(data.nesting, Number.POSITIVE_INFINITY, data.name);
    else if (type === 'test:pass' || type === 'test:fail') {
      names.splice(data.nesting, Number.POSITIVE_INFINITY, data.name);
      const message = type === 'test:pass' ? passOf(data, names) : failureOf(data, names);
      if (message) send(message);
      if (data.nesting === 0) send({ type: 'ended', memoryBytes: process.memoryUsage.rss() });
    } else if (type === 'test:diagnostic' && data.nesting > 0) send({ type: 'note', text: data.message });
  }
  // A reporter yields what is printed.
  yield '';
}

const send = (message: Message): void => void process.send?.(message);

/** The test of the file itself is none of its tests, and a suite counts as the tests in it. */
const isTest = ({ nesting, details }: EventData.TestPass | EventData.TestFail): boolean =>
  nesting > 0 && details.type !== 'suite';

function passOf(data: EventData.TestPass, names: readonly string[]): Message | undefined {
  if (!isTest(data)) return undefined;
  const ms = data.details.duration_ms;
  if (data.skip === undefined)
    return { type: 'result', outcome: 'passed', names: names.slice(1), ms, text: '' };
  return { type: 'result', outcome: 'skipped', names: names.slice(1), ms, text: String(data.skip) };
}

function failureOf(data: EventData.TestFail, names: readonly string[]): Message | undefined {
  const { error, duration_ms: ms } = data.details;
  const isOfOthers = (error as { failureType?: string }).failureType === 'subtestsFailed';
  if (isOfOthers && !isTest(data)) return undefined;
  return {
    type: 'result',
    outcome: 'failed',
    names: names.slice(1),
    ms,
    text: inspect(error.cause ?? error),
  };
}
