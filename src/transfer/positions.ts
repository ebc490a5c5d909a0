import {
  findNodeAtLocation,
  type JSONPath,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Position } from './problems.ts';

// JSON.parse reads; only when something is wrong is the text parsed again, to find where.

/** Where values of a JSON text are. `line`: the number of the text's first line. */
export function jsonPositions(
  text: string,
  line = 1,
): (path: JSONPath, field?: string) => Position | undefined {
  let root: Node | undefined;
  return (path, field) => {
    root ??= parseTree(text);
    const object = root && findNodeAtLocation(root, path);
    const value = object && field !== undefined ? findNodeAtLocation(object, [field]) : undefined;
    // The name of a field is where its problem is looked for.
    const node = value?.parent ?? object;
    return node && positionAt(text, node.offset, line);
  };
}

export function positionAt(text: string, offset: number, line = 1): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: line + before.length - 1, column: (before.at(-1)?.length ?? 0) + 1 };
}

const words: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no value',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a name in double quotes is wanted',
  ValueExpected: 'a value is wanted',
  ColonExpected: 'a colon is wanted',
  CommaExpected: 'a comma is wanted',
  CloseBraceExpected: 'a closing brace is wanted',
  CloseBracketExpected: 'a closing bracket is wanted',
  EndOfFileExpected: 'nothing is wanted after the end',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'the text has no closing quote',
  UnexpectedEndOfNumber: 'the number has no end',
  InvalidUnicode: 'this is no Unicode escape',
  InvalidEscapeCharacter: 'there is no such escape',
  InvalidCharacter: 'this character has to be escaped',
};

/** What is wrong with a text that JSON.parse refuses, and where. */
export function jsonProblems(text: string, line = 1): readonly (readonly [message: string, at: Position])[] {
  const errors: ParseError[] = [];
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors.map(({ error, offset }) => {
    const code = printParseErrorCode(error);
    return [words[code] ?? code, positionAt(text, offset, line)] as const;
  });
}
