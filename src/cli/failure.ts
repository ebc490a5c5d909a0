import { Failure } from '../contract/failure.ts';
import { Refusal } from '../contract/refuse.ts';
import { visible } from '../contract/visible.ts';

/** One line for people, and the exit code. */
export function failureOf(error: unknown): { readonly line: string; readonly code: 1 | 2 } {
  if (error instanceof Refusal) return { line: oneLine(error.messageFor('')), code: 1 };
  if (!(error instanceof Error))
    return { line: `something unexpected was thrown: ${oneLine(String(error))}`, code: 1 };
  if (error.name === 'BadUsage' || error.name === 'BadSetting')
    return { line: oneLine(error.message), code: 2 };
  if (error.name === 'Unreachable') {
    return {
      line: `${oneLine(error.message)}${causeText(error.cause)}: see that it runs, and check --database-url or --data`,
      code: 1,
    };
  }
  // Lower layers throw a plain Error, fit for people, for what does not fit; anything else is a defect or the system's.
  if (error.constructor === Error && !('code' in error)) return { line: oneLine(error.message), code: 1 };
  const system = systemAdvice(error);
  if (system !== undefined) return { line: oneLine(`${error.message}: ${system}`), code: 1 };
  if (error instanceof Failure && error.lines)
    return { line: error.message.split('\n').map(oneLine).join('\n'), code: 1 };
  if (error.name === 'Failure') return { line: oneLine(error.message), code: 1 };
  return { line: `${oneLine(error.message)} (${error.name}; ACCORD_DEBUG=1 shows where)`, code: 1 };
}

const advices: Readonly<Record<string, string>> = Object.freeze({
  EACCES: 'this user may not: choose another place, or have it allowed',
  EPERM: 'this user may not: choose another place, or have it allowed',
  EROFS: 'it can only be read there: choose another place',
  ENOSPC: 'there is no room left: make some, and run the same command again',
  EDQUOT: 'there is no room left: make some, and run the same command again',
  ENOTDIR: 'a part of the path is no folder: choose another place, with --data or the flag that names it',
  EEXIST: 'a part of the path is no folder, or the file is there already: choose another place',
  EISDIR: 'it is a folder where a file is wanted: choose another place',
  ENOENT: 'it is not there: check the path',
  EMFILE: 'too many files are open: raise the limit (ulimit -n), and run the same command again',
});

/** What to do about what the machine refuses: a file, a folder. */
function systemAdvice(error: Error): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  return code !== undefined && path !== undefined ? advices[code] : undefined;
}

export const causeText = (cause: unknown): string =>
  cause instanceof Error && cause.message ? ` (${oneLine(cause.message)})` : '';

/** Without what a terminal would obey: some of it may be what a server said. */
const oneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(visible)
    .join(' ');
