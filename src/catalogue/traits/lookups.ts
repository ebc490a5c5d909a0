import type { Tree } from '../../contract/answer.ts';
import { alias, link, type Told } from '../fields.ts';
import type { Stored } from '../kinds/kind.ts';
import { joined, own, type Source, via } from '../source.ts';

/** The kinds of object that a field of the type `lookup` may lead to. */
export const lookups = ['affiliation', 'company', 'contact', 'contract', 'issue', 'job', 'staff'] as const;

export const customTypes = Object.freeze({
  profile: [
    'text',
    'integer',
    'decimal',
    'date',
    'date_time',
    'currency',
    'lookup',
    'structure',
    'select',
    'multi_select',
    'hyperlink',
  ],
  extension: [
    'text',
    'textbox',
    'int',
    'date',
    'date_time',
    'float',
    'certify',
    'fixed_select',
    'flexible_select',
    'multi_select',
    'lookup',
    'currency',
    'hyperlink',
    'contributor',
  ],
} as const);

/** Types of a field whose value is an object of one kind, by its singular. */
export const referenceTypes: Readonly<Record<string, string>> = Object.freeze({ contributor: 'contributor' });

const hidden = { shown: 'hidden' } as const;
const at = (to: string) => alias('value_id', link(to), hidden);
const named = joined('firstname', 'surname');

/** The id of a value may be of any of these: which, its type says. */
const links = {
  as_affiliation: at('affiliations'),
  as_company: at('companies'),
  as_contact: at('contacts'),
  as_contract: at('contracts'),
  as_issue: at('issues'),
  as_job: at('jobs'),
  as_staff: at('staff'),
  as_contributor: at('contributors'),
};

/** What a value leads to is shown by its title: these are read with it. */
const titles: readonly (readonly [type: string, title: Source])[] = [
  ['affiliation', via('as_affiliation', via('contact', named))],
  ['company', via('as_company', 'name')],
  ['contact', via('as_contact', named)],
  ['contract', via('as_contract', 'title')],
  ['issue', via('as_issue', 'title')],
  ['job', via('as_job', 'title')],
  ['staff', via('as_staff', named)],
  ['contributor', via('as_contributor', via('as_staff', named))],
  ['contributor', via('as_contributor', via('as_affiliation', via('contact', named)))],
];

export const valueSources = Object.freeze({
  links,
  from: [own('field_type'), own('value_type'), own('stored'), ...titles.map(([, title]) => title)],
});

/** The title of what a value leads to; the values of a `multi_select` joined by a comma; else as it is stored. */
export function shownValue([type, target, stored, ...found]: readonly Stored[]): Tree {
  if (target != null) {
    const at = titles.findIndex(([kind], i) => kind === target && found[i] != null && found[i] !== '');
    return at < 0 ? null : (found[at] ?? null);
  }
  return type === 'multi_select' && stored != null ? linesOf(stored).join(', ') : (stored ?? null);
}

/** Only a `multi_select` has them. */
export const shownValues = ([type, stored]: readonly Stored[]): Tree | undefined =>
  type === 'multi_select' ? linesOf(stored ?? null) : undefined;

export const linesOf = (stored: Stored): readonly string[] =>
  stored == null || stored === '' ? [] : String(stored).split('\n');

/** What is stored of a value that says it in words; what leads to an object says its title only. */
export const storedOf: Told = {
  field: 'stored',
  read: (told, { value_type, values }) =>
    value_type != null
      ? undefined
      : typeof told === 'string' && Array.isArray(values)
        ? values.join('\n')
        : (told as Stored),
};

export const optionLines: Told = {
  field: 'option_lines',
  read: (told) => (!Array.isArray(told) ? undefined : told.length > 0 ? told.join('\n') : null),
};

export const optionsOf = (lines: Stored): Tree => linesOf(lines);
