import type { ParameterValue } from '../../catalogue/sent.ts';
import type { Format } from '../../contract/answer.ts';
import type { ReadParameters } from './parameters.ts';
import type { Presentation } from './received.ts';

/** The presentation of most requests, and of those that cannot be read. */
export const plain: Presentation = Object.freeze({
  format: 'json',
  suppressMessage: false,
  suppressHttpStatus: false,
  suppressMeta: false,
});

const formats: ReadonlyMap<string, Format> = new Map([
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
  ['application/yaml', 'yaml'],
  ['application/x-yaml', 'yaml'],
  ['text/yaml', 'yaml'],
  ['text/x-yaml', 'yaml'],
]);

/**
 * The suffix decides the format, else `Accept`, else `Accept-Type`, else JSON. The three `_suppress_…` parameters count in the
 * query and in the body, with the values `1` or `yes`; others are ignored.
 */
export function readPresentation(
  suffix: Format | undefined,
  headers: Readonly<Record<string, string | undefined>>,
  query: ReadParameters,
  body: ReadParameters,
): Presentation {
  const format = suffix ?? formatIn(headers.accept) ?? formatIn(headers['accept-type']) ?? 'json';
  if (query.values.size === 0 && body.values.size === 0 && format === 'json') return plain;
  const given = (name: string) => isYes(query.values.get(name)) || isYes(body.values.get(name));
  return {
    format,
    suppressMessage: given('_suppress_message'),
    suppressHttpStatus: given('_suppress_http_status'),
    suppressMeta: given('_suppress_meta'),
  };
}

const isYes = (value: ParameterValue | undefined): boolean => value === '1' || value === 'yes' || value === 1;

/** The first of the named types that is not refused with `q=0`; order counts, weights do not: the field's clients send none. */
function formatIn(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept === '*/*') return undefined;
  for (const range of accept.split(',')) {
    const [type = '', ...weights] = range.split(';');
    const format = formats.get(type.trim().toLowerCase());
    if (format !== undefined && !weights.some(isZero)) return format;
  }
  return undefined;
}

function isZero(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=');
  return name.trim().toLowerCase() === 'q' && Number(value) === 0;
}
