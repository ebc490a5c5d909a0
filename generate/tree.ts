import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { layers } from './rooms.ts';

const src = join(import.meta.dirname, '..', 'src');

const importPattern = /^(?:import|export) [^'"]*?from '(\.[^']+)'|import\('(\.[^']+)'\)/gm;

/** Other rooms that the files of a room import from. */
function roomsUsedBy(name: string): ReadonlySet<string> {
  const folder = join(src, name);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.[jt]s$/.test(file),
  );
  const uses = new Set<string>();
  for (const file of files) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    for (const [, from, dynamic] of text.matchAll(importPattern)) {
      const target = join(dirname(path), from ?? dynamic ?? '').slice(src.length + 1);
      const other = target.split('/')[0] ?? '';
      if (other !== name && other !== '') uses.add(other);
    }
  }
  return uses;
}

/** The rooms of `src`, top layer first, with what each imports from: a table in Markdown, made from the files themselves. */
export function treeTable(): string {
  const rows = layers.toReversed().flatMap((rooms, at) =>
    rooms.map(({ name, kind, purpose }) => {
      const uses = roomsUsedBy(name);
      const imported = layers
        .flat()
        .filter((room) => uses.has(room.name))
        .map((room) => room.name)
        .join(', ');
      return `| ${layers.length - at} | \`${name}/\` | ${kind} | ${purpose} | ${imported} |`;
    }),
  );
  return ['| layer | room | kind | what | imports from |', '|--|--|--|--|--|', ...rows].join('\n');
}
