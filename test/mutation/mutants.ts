import { createHash } from 'node:crypto';
import { Instrumenter } from '@stryker-mutator/instrumenter';

/** One small change to one place in the source. */
export interface Mutant {
  /** Within one run. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly original: string;
  readonly replacement: string;
  /** Finds the mutant in its file again when lines above it come or go. */
  readonly key: string;
}

export interface Mutated {
  readonly mutants: readonly Mutant[];
  /** File to source that has all its mutants, of which the one named by `__STRYKER_ACTIVE_MUTANT__` is in effect. */
  readonly sources: ReadonlyMap<string, string>;
}

interface Path {
  readonly parentPath?: { isThrowStatement(): boolean };
  isNewExpression(): boolean;
}

/** What a programming error says is for people; nothing depends on it. */
const thrownTexts = {
  shouldIgnore: (path: object) => {
    const { parentPath, isNewExpression } = path as Path;
    return isNewExpression.call(path) && parentPath?.isThrowStatement()
      ? 'a text for programmers'
      : undefined;
  },
};

const silent = () => {};
const no = () => false;
const logger = {
  isTraceEnabled: no,
  isDebugEnabled: no,
  isInfoEnabled: no,
  isWarnEnabled: no,
  isErrorEnabled: no,
  isFatalEnabled: no,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
};

export async function mutate(files: ReadonlyMap<string, string>): Promise<Mutated> {
  const given = [...files].map(([name, content]) => ({ name, content, mutate: true }));
  const options = { plugins: null, excludedMutations: [], ignorers: [thrownTexts] };
  const result = await new Instrumenter(logger).instrument(given, options);
  const seen = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (const { id, fileName, location, replacement, status } of result.mutants) {
    if (status === 'Ignored') continue;
    const lines = (files.get(fileName) ?? '').split('\n');
    const original = between(lines, location);
    const key = `${(lines[location.start.line] ?? '').trim()} | ${short(original)} → ${short(replacement)}`;
    const nth = (seen.get(`${fileName} ${key}`) ?? 0) + 1;
    seen.set(`${fileName} ${key}`, nth);
    mutants.push({
      id,
      file: fileName,
      line: location.start.line + 1,
      original: collapse(original),
      replacement: collapse(replacement),
      key: nth === 1 ? key : `${key} | ${nth}`,
    });
  }
  return { mutants, sources: new Map(result.files.map(({ name, content }) => [name, content])) };
}

interface Span {
  readonly start: Position;
  readonly end: Position;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function between(lines: readonly string[], { start, end }: Span): string {
  const taken = lines.slice(start.line, end.line + 1);
  const last = taken.length - 1;
  taken[last] = (taken[last] ?? '').slice(0, end.column);
  taken[0] = (taken[0] ?? '').slice(start.column);
  return taken.join('\n');
}

const collapse = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const shownMax = 60;

/** Short enough to read, and still another text for another original. */
function short(text: string): string {
  const whole = collapse(text);
  if (whole.length <= shownMax) return whole;
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  return `${whole.slice(0, shownMax)}… (${digest})`;
}
