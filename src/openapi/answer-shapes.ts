import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Resource } from '../catalogue/resource.ts';
import type { Tree } from '../contract/answer.ts';
import type { Route } from '../request/05-route/table.ts';
import type { Example } from './examples.ts';

/** What a request answers, as the SDK reads it. */
export interface Answers {
  readonly as: 'one' | 'list' | 'count' | 'none' | 'file' | 'raw';
  /** The resource of the objects; `undefined`: a progression, or none. */
  readonly of?: Resource;
  readonly key?: string;
  /** A list that has pages. */
  readonly paged?: boolean;
  /** What the objects have beside their fields. */
  readonly beside?: readonly string[];
  /** All that they have, where that is not for the caller to say. */
  readonly fixed?: readonly string[];
}

type Trees = Readonly<Record<string, Tree>>;

/** The recorded answer of a verb shows what it returns. An answer of any other shape is left as it came. */
export function answersOf(route: Route, example: Example | undefined): Answers {
  const { row, answered, owner } = route;
  switch (row.act) {
    case 'list':
      return {
        as: 'list',
        of: answered,
        paged: true,
        ...(row.wrapped === undefined ? {} : { key: row.wrapped }),
      };
    case 'count':
      return { as: 'count' };
    case 'read':
    case 'linked':
    case 'create':
    case 'update':
      return { as: 'one', of: answered };
    case 'progress':
      return { as: 'one', of: owner };
    case 'progressions':
      return { as: 'list' };
    case 'remove':
      return { as: 'none' };
    default:
      return example ? { ...recorded(route, example, [answered, owner]), paged: !row.shaped } : { as: 'raw' };
  }
}

function recorded({ row }: Route, { type, answer }: Example, likely: readonly Resource[]): Answers {
  if (type !== 'application/json') return { as: 'file' };
  const { response } = answer as { readonly response: Tree };
  if (response === null) return { as: 'none' };
  const whole = shapeOf(response, likely, row.shaped);
  if (whole) return whole;
  const entries = Object.entries(response as Trees);
  const [only] = entries;
  if (!only || entries.length > 1) return { as: 'raw' };
  if (only[0] === 'count') return { as: 'count' };
  const inner = shapeOf(only[1], likely, row.shaped);
  return inner ? { ...inner, key: only[0] } : { as: 'raw' };
}

function shapeOf(value: Tree, likely: readonly Resource[], shaped = false): Answers | undefined {
  const [first, as] = Array.isArray(value) ? ([value[0], 'list'] as const) : ([value, 'one'] as const);
  if (typeof first !== 'object' || first === null) return undefined;
  const of = likely.find((resource) => isOne(first as Trees, resource));
  if (!of) return undefined;
  const names = Object.keys(first);
  if (shaped) return { as, of, fixed: names };
  const beside = names.filter((name) => !of.fields[name] || of.fields[name].shown === 'hidden');
  return { as, of, ...(beside.length > 0 ? { beside } : {}) };
}

/** Whether an object has all that this resource returns without being asked; what is made may be left out. */
function isOne(value: Trees, { fields }: Resource): boolean {
  const usual = Object.entries(fields).filter(([, { shown, made }]) => shown === 'default' && !made);
  return (
    usual.length > 0 && usual.every(([name]) => Object.hasOwn(value, name) && typeof value[name] !== 'number')
  );
}

/** The resources whose modules a module needs. */
export const linkedTo = ({ resources }: Catalogue, resource: Resource): readonly Resource[] =>
  Object.values(resource.fields).flatMap((field) => {
    if (field.shown === 'hidden') return [];
    const to = field.many ? resources.get(field.many.through)?.fields[field.many.link]?.to : field.to;
    return resources.get(to ?? '') ?? [];
  });
