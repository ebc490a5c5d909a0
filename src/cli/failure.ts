import { Refusal } from '../contract/refuse.ts';

/** The command line itself is wrong: exit code 2. */
export class BadUsage extends Error {
  override readonly name = 'BadUsage';
}

/** A command cannot do its work, for a reason that people can act on: exit code 1. The message is one line and says what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** One line for people, and the exit code. */
export function told(error: unknown): { readonly line: string; readonly code: 1 | 2 } {
  if (error instanceof Refusal) return { line: oneLine(error.messageFor('')), code: 1 };
  if (!(error instanceof Error))
    return { line: `something unexpected was thrown: ${oneLine(String(error))}`, code: 1 };
  if (error.name === 'BadUsage' || error.name === 'BadSetting')
    return { line: oneLine(error.message), code: 2 };
  if (error.name === 'Unreachable') {
    return {
      line: `${oneLine(error.message)}${because(error.cause)}: see that it runs, and check --database-url or --data`,
      code: 1,
    };
  }
  // Lower layers throw a plain Error, fit for people, for what does not fit; anything else is a defect or the system's.
  if (error.constructor === Error && !('code' in error)) return { line: oneLine(error.message), code: 1 };
  if (error.name === 'Failure') return { line: oneLine(error.message), code: 1 };
  return { line: `${oneLine(error.message)} (${error.name}; ACCORD_DEBUG=1 shows where)`, code: 1 };
}

export const because = (cause: unknown): string =>
  cause instanceof Error && cause.message ? ` (${oneLine(cause.message)})` : '';

const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
