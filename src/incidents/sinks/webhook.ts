import { HttpClient } from '../../http/client.ts';
import { outgoingTimeouts } from '../../http/timeouts.ts';
import type { Sink } from '../incidents.ts';

/** Posts incidents as JSON to the operator's URL; redirects are not followed. */
export function webhookSink(url: string): Sink {
  const client = new HttpClient({ silenceMs: outgoingTimeouts.incidentMs });
  return {
    name: 'webhook',
    deliver: async (notice) => {
      const { statusCode, body } = await client.send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(notice),
        // For the whole answer: a receiver that sends a byte at a time is not waited for.
        signal: AbortSignal.timeout(outgoingTimeouts.incidentMs),
      });
      await body.dump();
      if (statusCode >= 300) throw new Error(`it answered ${statusCode}`);
    },
  };
}
