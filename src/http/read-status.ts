import type { HttpAnswer } from './exchange.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an answer says of itself, wherever it says it: `meta`, OAuth's `error`, or the headers when the body is suppressed. */
export interface StatusReading {
  readonly status: string;
  readonly message: string | undefined;
}

export function readStatus({ http, headers, text }: HttpAnswer): StatusReading {
  const body = bodyOf(text);
  const meta = fieldsOf(body.meta);
  const status =
    textOf(meta.status) ??
    textOf(body.error) ??
    headerOf(headers, 'x-status') ??
    (http < 400 ? 'ok' : `HTTP ${http}`);
  const message =
    textOf(meta.message) ?? textOf(body.error_description) ?? headerOf(headers, 'x-status-reason');
  return { status, message };
}

function bodyOf(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export function headerOf(headers: HttpAnswer['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
