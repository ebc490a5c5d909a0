import { none, parametersMax, type ReadParameters } from './parameters.ts';

/**
 * `application/x-www-form-urlencoded`, as a query string and as a body. Bad percent-encoding, overlong UTF-8 and NUL make it
 * malformed, and so do more than 1,000 parameters; what else could be read is returned all the same. `where` begins the reason.
 */
export function parseForm(text: string, where: string): ReadParameters {
  if (text === '') return none;
  const values = new Map<string, string>();
  const decode = /[%+\0]/.test(text) ? decodeForm : asItStands;
  let repeated: string | undefined;
  let malformed: string | undefined;
  let pairs = 0;
  for (let start = 0; start <= text.length; ) {
    const ampersand = text.indexOf('&', start);
    const end = ampersand < 0 ? text.length : ampersand;
    const pair = text.slice(start, end);
    start = end + 1;
    if (pair === '') continue;
    if (++pairs > parametersMax) {
      malformed ??= `${where} has more than ${parametersMax} parameters`;
      break;
    }
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (name === undefined || value === undefined)
      malformed ??= `${where} is not valid percent-encoded UTF-8`;
    else if (name === '') continue;
    else if (values.has(name)) repeated ??= name;
    else values.set(name, value);
  }
  return { values, repeated, malformed };
}

const asItStands = (text: string): string | undefined => text;

function decodeForm(text: string): string | undefined {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Percent-decoding to text; `undefined` for what is not UTF-8 in its shortest form, and for NUL. */
export function decodePercent(text: string): string | undefined {
  let decoded = text;
  if (text.includes('%')) {
    try {
      decoded = decodeURIComponent(text);
    } catch {
      return undefined;
    }
  }
  return decoded.includes('\0') ? undefined : decoded;
}
