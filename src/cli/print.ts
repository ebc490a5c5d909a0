import { styleText } from 'node:util';
import { type PrintedCell, visible } from '../contract/visible.ts';

type Style = Parameters<typeof styleText>[0];

/** Answers go to stdout, remarks to stderr, so that an answer can be piped. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const remark = (text: string): void => void process.stderr.write(`${text}\n`);

export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** Coloured on a terminal only, and not with NO_COLOR. */
export const paint = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  styleText(style, text, { stream, validateStream: true });

/** Columns as wide as their widest cell, two spaces apart. What is stored may hold anything, so control characters are shown, not sent. */
export function table(headings: readonly string[], rows: readonly (readonly PrintedCell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => visible(cell)));
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => [...(row[i] ?? '')].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length)))
      .join('  ')
      .trimEnd();
  return [paint('bold', line(headings)), ...cells.map(line)].join('\n');
}

/** Unix seconds as people read them, in UTC. */
export const moment = (seconds: number | null): string =>
  seconds === null ? '-' : new Date(seconds * 1_000).toISOString().replace('T', ' ').replace('.000Z', 'Z');
