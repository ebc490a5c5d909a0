import type { Statement } from '../../src/store/engines/engine.ts';

/**
 * The rule that keeps tenants apart: each table that a statement touches is held, by equality, to the one deployment of slot 0. Reads SQL as
 * the compiler writes it (every identifier quoted), and says what breaks the rule.
 */
export function breachesOf({ sql, slots }: Statement): readonly string[] {
  const tree = treeOf(sql, slots);
  const named = new Set(withNames(tree));
  return breachesIn(tree, named);
}

/** A token: a quoted name (`"t"`), a bound slot (`:0`), or a word or sign in lower case. */
type Token = string;
type Tree = readonly (Token | Tree)[];

const lexemes = /"(?:[^"]|"")*"|'(?:[^']|'')*'|\$\d+|\?|[A-Za-z_][\w]*|\d+|<<|>=|<=|<>|\|\||::|\S/g;

function treeOf(sql: string, slots: readonly number[]): Tree {
  const root: (Token | Tree)[] = [];
  const open: (Token | Tree)[][] = [root];
  let bound = 0;
  for (const [lexeme] of sql.matchAll(lexemes)) {
    if (lexeme === '(') {
      const inner: (Token | Tree)[] = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (lexeme === ')') open.pop();
    else if (lexeme === '?') open.at(-1)?.push(`:${slots[bound++]}`);
    else if (lexeme.startsWith('$')) open.at(-1)?.push(`:${slots[Number(lexeme.slice(1)) - 1]}`);
    else open.at(-1)?.push(lexeme.startsWith('"') ? lexeme : lexeme.toLowerCase());
  }
  if (open.length !== 1) throw new Error(`unbalanced: ${sql}`);
  return root;
}

const isName = (token: Token | Tree | undefined): token is string =>
  typeof token === 'string' && token.startsWith('"');

/** What `with` names is no table. */
function withNames(tree: Tree): readonly string[] {
  return tree.flatMap((each, i) => {
    if (typeof each !== 'string') return withNames(each);
    const name = tree[i + 1] === 'recursive' ? tree[i + 2] : undefined;
    return each === 'with' && isName(name) ? [name] : [];
  });
}

/** A query and its `union` parts each keep the rule by themselves. */
function breachesIn(tree: Tree, named: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  for (const part of partsOf(tree)) {
    for (const each of part) if (typeof each !== 'string') found.push(...breachesIn(each, named));
    found.push(...breachesOfPart(part, named));
  }
  return found;
}

function partsOf(tree: Tree): readonly Tree[] {
  const parts: (Token | Tree)[][] = [[]];
  for (const each of tree) {
    if (each === 'union') parts.push([]);
    else parts.at(-1)?.push(each);
  }
  return parts;
}

function breachesOfPart(part: Tree, named: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  if (part[0] === 'insert') return insertHeld(part) ? [] : ['insert'];
  for (const [i, each] of part.entries()) {
    if (each !== 'from' && each !== 'join' && each !== 'update') continue;
    const table = part[i + 1];
    if (!isName(table) || named.has(table)) continue;
    const alias = part[i + 2] === 'as' && isName(part[i + 3]) ? (part[i + 3] as string) : undefined;
    if (!isHeld(part, table, alias)) found.push(`${table}${alias === undefined ? '' : ` as ${alias}`}`);
  }
  return found;
}

/** `deployment_id` is the first column and slot 0 its value. */
function insertHeld(part: Tree): boolean {
  const [columns, values] = part.filter((each) => typeof each !== 'string') as readonly Tree[];
  return columns?.[0] === '"deployment_id"' && values?.[0] === ':0';
}

function isHeld(part: Tree, table: string, alias: string | undefined): boolean {
  if (table.endsWith('_words"')) return holdsWords(part);
  for (const [i, each] of part.entries()) {
    const column =
      alias === undefined
        ? each === '"deployment_id"' || each === 'deployment_id'
        : each === alias && part[i + 1] === '.' && part[i + 2] === '"deployment_id"';
    if (!column) continue;
    const end = i + (alias === undefined ? 1 : 3);
    const before = part[i - 1];
    const equal = part[end] === '=' && part[end + 1] === ':0';
    if (equal && (before === 'where' || before === 'and' || before === 'on') && !isOr(part, i)) return true;
  }
  return false;
}

/** Whether an `or` stands beside what begins at `at`, in the same clause: then it binds nothing. */
function isOr(part: Tree, at: number): boolean {
  const clauses = new Set(['where', 'on', 'from', 'join', 'left', 'order', 'limit', 'group', 'for', 'set']);
  let [first, last] = [at, at];
  while (first > 0 && !clauses.has(part[first - 1] as string)) first--;
  while (last < part.length && !clauses.has(part[last] as string)) last++;
  return part.slice(first, last).includes('or');
}

/** The rows of words have the deployment in the upper bits of their number. */
function holdsWords(part: Tree): boolean {
  const text = JSON.stringify(part);
  return (
    !part.includes('or') &&
    text.includes('"and","rowid",">=",":0","<<","40"') &&
    text.includes('"and","rowid","<",[":0","+","1"],"<<","40"')
  );
}
