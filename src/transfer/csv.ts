import { type CsvError, parse } from 'csv-parse';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import { Failure } from '../contract/failure.ts';
import { takesField } from './prepare.ts';
import type { Problems } from './problems.ts';
import { chunksOf, type FoundObject, type Input } from './read-file.ts';

interface CsvRecord {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

const messages: Readonly<{ [code: string]: string }> = {
  CSV_QUOTE_NOT_CLOSED: 'a text in quotes has no closing quote',
  INVALID_OPENING_QUOTE:
    'a quote stands in a text that does not begin with one: write it twice, and the text in quotes',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote: a comma is wanted',
};

/**
 * The objects of a CSV file (RFC 4180): its first line names fields, every other is an object. An empty cell leaves its field out. What
 * cannot be read goes to `problems`; the column of a position is that of the table.
 */
export async function readCsv(
  input: Input,
  resource: Resource,
  catalogue: Catalogue,
  problems: Problems,
): Promise<readonly FoundObject[]> {
  const parser = parse({
    ...{ info: true, raw: true, bom: true, skip_empty_lines: true, relax_column_count: true },
    record_delimiter: ['\r\n', '\n'],
  });
  const feeding = feed(input, parser);
  const found: FoundObject[] = [];
  let header: readonly string[] | undefined;
  let last = 0;
  try {
    for await (const read of parser as AsyncIterable<CsvRecord>) {
      const line = lineOf(read);
      last = read.info.lines;
      if (header === undefined) header = headerIn(read.record, resource, catalogue, problems);
      else found.push(objectOf(read.record, { header, line, resource, problems }));
    }
    await feeding;
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code, message } = error as CsvError;
    if (!code?.startsWith('CSV_') && !code?.startsWith('INVALID_')) throw error;
    problems.add(`the table cannot be read further: ${messages[code] ?? message}.`, {
      line: last + 1,
      column: 1,
    });
  }
  if (header === undefined && !problems.some)
    throw new Failure(`${input.name} is empty: a line with the names of fields is wanted`);
  return found;
}

async function feed(input: Input, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const chunk of chunksOf(input)) {
      // A slow reader must not make the whole file pile up here.
      if (!parser.write(chunk)) await new Promise((done) => parser.once('drain', done).once('close', done));
      if (parser.destroyed) return;
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

/** The line that a record begins on: a text in quotes may have several. */
function lineOf({ raw, info }: CsvRecord): number {
  const own = raw.replace(/^[\r\n]+|[\r\n]+$/g, '');
  return info.lines - (own.split('\n').length - 1);
}

/** The names of the first line. A name that cannot be used is one problem, and its column is left out. */
function headerIn(
  names: readonly string[],
  resource: Resource,
  catalogue: Catalogue,
  problems: Problems,
): readonly string[] {
  const seen = new Set<string>();
  return names.map((written, i) => {
    const name = written.trim();
    const at = { line: 1, column: i + 1 };
    const what = resource.plural.replaceAll('_', ' ');
    if (!takesField(resource, name, catalogue))
      problems.add(`${resource.name}: ${what} have no field named ${name.slice(0, 60) || '(nothing)'}.`, at);
    else if (seen.has(name)) problems.add(`${resource.name}: the field ${name} is there twice.`, at);
    else {
      seen.add(name);
      return name;
    }
    return '';
  });
}

function objectOf(
  cells: readonly string[],
  of: {
    readonly header: readonly string[];
    readonly line: number;
    readonly resource: Resource;
    readonly problems: Problems;
  },
): FoundObject {
  const { header, line, resource, problems } = of;
  const place = `line ${line} (${resource.name})`;
  if (cells.length > header.length)
    problems.add(
      `${place}: there are ${cells.length} cells, and ${header.length} fields in the first line.`,
      {
        line,
        column: header.length + 1,
      },
    );
  const row: { [name: string]: string } = {};
  for (const [i, name] of header.entries()) {
    const cell = cells[i];
    if (name !== '' && cell !== undefined && cell !== '') row[name] = cell;
  }
  const column = (field?: string): number => (field === undefined ? 0 : header.indexOf(field)) + 1;
  return { resource, row, place, at: (field) => ({ line, column: Math.max(1, column(field)) }) };
}
