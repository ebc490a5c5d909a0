import { XMLParser } from 'fast-xml-parser';
import type { Tree } from '../../src/contract/answer.ts';

interface Node {
  [tag: string]: Node[] | Record<string, string> | string;
}

/** An independent reader: the elements of fast-xml-parser, turned back into a tree by what their attributes say. */
export function readXml(document: string): Tree {
  const options = {
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    trimValues: false,
  };
  const parser = new XMLParser({
    ...options,
    parseTagValue: false,
    ignoreDeclaration: true,
    processEntities: false,
  });
  // XML 1.0, 2.11: every reader turns CRLF and CR into LF before it does anything else.
  const elements = parser.parse(document.replace(/\r\n?/g, '\n')) as Node[];
  return treeOf(elements.find((node) => 'api' in node)!);
}

function treeOf(node: Node): Tree {
  const tag = tagOf(node);
  const children = node[tag] as Node[];
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const inner = children.filter((child) => !('#text' in child));
  const content = unescaped(children.map((child) => (child['#text'] as string | undefined) ?? '').join(''));
  if (attributes.nil === 'true') return null;
  if (attributes.type === 'number') return Number(content);
  if (attributes.type === 'boolean') return content === 'true';
  if (attributes.type === 'array') return inner.map(treeOf);
  if (inner.length === 0 && attributes.type !== 'object') return content;
  const nameOf = (child: Node) =>
    unescaped((child[':@'] as Record<string, string> | undefined)?.name ?? tagOf(child));
  return Object.fromEntries(inner.map((child) => [nameOf(child), treeOf(child)]));
}

const tagOf = (node: Node) => Object.keys(node).find((key) => key !== ':@')!;

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const unescaped = (sent: string) =>
  sent.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string, named: string) =>
    code ? String.fromCodePoint(Number(code)) : entities[named]!,
  );
