import { hash } from 'node:crypto';
import { inspect } from 'node:util';

/** Characters. */
const titleLengthMax = 100;
const detailLengthMax = 4_000;

/** What is told of a defect. */
export interface Identity {
  /** The same for the same defect, whatever the request: cause, kind of error, and where it was thrown. */
  readonly fingerprint: string;
  /** The error's name, or the cause. */
  readonly title: string;
  /** Message and stack. */
  readonly detail: string;
}

export const fingerprintOf = (...parts: readonly string[]): string =>
  hash('sha256', parts.join('\n'), 'hex').slice(0, 16);

/** Reads whatever was thrown. Never throws, whatever it was. */
export function identifyError(error: unknown, cause: string): Identity {
  const { title, place, detail } = told(error, cause);
  return {
    fingerprint: fingerprintOf(cause, title, place),
    title: title.slice(0, titleLengthMax),
    detail: detail.slice(0, detailLengthMax),
  };
}

interface Told {
  readonly title: string;
  readonly place: string;
  readonly detail: string;
}

function told(error: unknown, cause: string): Told {
  try {
    if (error instanceof Error) return toldBy(error);
    if (typeof error === 'string') return { title: cause, place: '', detail: error };
    return { title: cause, place: '', detail: error === undefined ? '' : inspect(error, { depth: 1 }) };
  } catch {
    return { title: cause, place: '', detail: 'what was thrown cannot be read' };
  }
}

function toldBy({ name, message, stack, cause }: Error): Told {
  const title = String(name);
  const detail = String(stack ?? `${title}: ${message}`);
  const why = cause instanceof Error ? `\ncaused by ${cause.name}: ${cause.message}` : '';
  return { title, place: placeIn(detail, String(message)), detail: `${detail}${why}` };
}

/** The topmost frame of the server's own code. The message stands before the frames and may quote what a caller sent, so it is not searched. */
function placeIn(stack: string, message: string): string {
  const at = stack.indexOf(message);
  const line = (at < 0 ? stack : stack.slice(at + message.length))
    .split('\n')
    .find((each) => each.trimStart().startsWith('at ') && !foreign(each));
  const frame = (line ?? '').trim();
  const root = frame.lastIndexOf('/src/');
  return root < 0 ? frame : frame.slice(root + 1);
}

const foreign = (line: string): boolean => line.includes('node_modules') || line.includes('node:');
