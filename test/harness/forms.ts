import type { Sending } from './http.ts';

export const form = (
  values: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Pick<Sending, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(values).toString(),
});

export const bearer = (token: string): Readonly<Record<string, string>> => ({
  Authorization: `Bearer ${token}`,
});

export const basic = (client: {
  readonly application: { readonly clientId: string };
  readonly secret: string;
}): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${client.application.clientId}:${client.secret}`).toString('base64')}`,
});
