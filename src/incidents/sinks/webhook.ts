import type { Sink } from '../incidents.ts';

/** Milliseconds for all of it: a receiver that answers a byte at a time is no receiver. */
const patience = 10_000;

/** Posts incidents as JSON to the operator's URL; redirects are not followed. */
export const webhookSink = (url: string): Sink => ({
  name: 'webhook',
  deliver: async (notice) => {
    const { request } = await import('undici');
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(notice),
      signal: AbortSignal.timeout(patience),
    });
    await body.dump();
    if (statusCode >= 300) throw new Error(`it answered ${statusCode}`);
  },
});
