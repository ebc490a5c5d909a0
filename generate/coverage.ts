import type { Examples } from '../src/openapi/examples.ts';
import { bySection, missing, requestsOf, routeOf } from '../test/reference/facts.ts';
import { extra, otherwise, reasonFor } from '../test/reference/reasons.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('{', '{').trim();
const unmet = new Set(missing);

/** What is told of a request beside its path: filters, orders, search fields, parameters; and how much of it is served. */
function share(facts: readonly string[]): string {
  const told = [...new Set(facts.slice(1))];
  return told.length === 0 ? '' : `${told.filter((fact) => !unmet.has(fact)).length} of ${told.length}`;
}

/**
 * `docs/reference/coverage.md`: every request of the documentation, and whether it is served, was asked over HTTP (it has a recorded exchange; the same
 * requests are asked on both engines by `test/reference/requests.test.ts`), and how it differs.
 */
export function coveragePage(generated: string, { requests: recorded }: Examples): string {
  let all = 0;
  let served = 0;
  let asked = 0;
  const parts = [...bySection].map(([section, { documented }]) => {
    const seen = new Set<string>();
    const rows = requestsOf(section).flatMap(({ title, line, facts }) => {
      const [fact = ''] = facts;
      if (seen.has(`${fact} ${facts.length}`)) return [];
      seen.add(`${fact} ${facts.length}`);
      const route = routeOf.get(fact);
      all++;
      if (route) served++;
      const answered = route !== undefined && Object.hasOwn(recorded, route.id);
      if (answered) asked++;
      const why = new Set(
        facts.flatMap((each) => (unmet.has(each) ? (reasonFor(each, otherwise) ?? `${each}: open`) : [])),
      );
      const own = route && reasonFor(`request ${route.row.method} ${route.row.path}`, extra);
      if (own) why.add(own);
      return [
        `| ${cell(title)} | \`${cell(line)}\` | ${route ? 'yes' : 'no'} | ${answered ? 'both engines' : 'no'} | ${share(facts)} | ${cell([...why].join('; '))} |`,
      ];
    });
    const objects = [...documented].filter((fact) => fact.startsWith('field '));
    const open = objects.filter((fact) => unmet.has(fact));
    const why = new Set(open.map((fact) => reasonFor(fact, otherwise) ?? `${fact}: open`));
    const fields =
      objects.length === 0
        ? []
        : [
            `Fields: ${objects.length - open.length} of ${objects.length}${why.size > 0 ? ` (${[...why].join('; ')})` : ''}.`,
          ];
    const table =
      rows.length === 0
        ? []
        : [
            [
              '| documented as | request | served | asked over HTTP | filters and parameters | differences |',
              '|--|--|--|--|--|--|',
              ...rows,
            ].join('\n'),
          ];
    return [`## ${section}`, ...fields, ...table].join('\n\n');
  });
  return `${[
    generated,
    '# Coverage of the documentation',
    `The documentation has ${all} requests in ${bySection.size} sections. A request that several kinds of object have counts once for each. ${served} of them are served, and \`test/reference/requests.test.ts\` sends ${asked} of those over HTTP, on SQLite and on PostgreSQL. \`test/reference/filters.test.ts\` tries each filter, order and search field: it must match one row and not another. What differs in meaning is in [differences](differences.md).`,
    ...parts,
  ].join('\n\n')}\n`;
}
