import { jsonBodyOf } from './reading.ts';
import type { Secrets } from './secrets.ts';
import { form, isOAuth, type ProbeAnswer, revokePath, type Sending } from './sending.ts';

/** The tokens a run was given: they are hidden wherever they would be shown, and given back at the end. */
export interface ProbedTokens {
  note(answered: ProbeAnswer): void;
  revoke(send: (sending: Sending) => Promise<ProbeAnswer>): Promise<void>;
}

export function issuedTokens(secrets: Secrets): ProbedTokens {
  /** By token: the credentials it was issued to. */
  const issued = new Map<string, Readonly<Record<string, string>>>();
  return Object.freeze<ProbedTokens>({
    note: (answered) => {
      if (answered.http !== 200 || !isOAuth(answered.sending)) return;
      const { access_token: access, refresh_token: refresh } = jsonBodyOf(answered);
      if (typeof access === 'string') secrets.keep(access, '$TOKEN');
      if (typeof refresh === 'string') secrets.keep(refresh, '$REFRESH_TOKEN');
      const token = refresh ?? access;
      if (typeof token === 'string') issued.set(token, credentialsIn(answered.sending));
    },
    revoke: async (send) => {
      for (const [token, credentials] of issued) {
        const { Authorization, ...values } = credentials;
        const headers = Authorization === undefined ? {} : { Authorization };
        const sending = { method: 'POST', path: revokePath, ...form({ token, ...values }, headers) };
        // What is not taken back ends by itself.
        await send(sending).catch(() => {});
      }
      issued.clear();
    },
  });
}

function credentialsIn({ headers = {}, body = '' }: Sending): Readonly<Record<string, string>> {
  const { Authorization } = headers;
  if (Authorization !== undefined) return { Authorization };
  const values = new URLSearchParams(body);
  return { client_id: values.get('client_id') ?? '', client_secret: values.get('client_secret') ?? '' };
}
