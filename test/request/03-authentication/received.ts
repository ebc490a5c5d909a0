import type { Received } from '../../../src/request/01-transport/received.ts';
import type { Located } from '../../../src/request/02-deployment/locate.ts';

export interface Asking {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly address?: string;
}

/** A request as far as it says who asks. */
export const received = ({ headers = {}, query = {}, body = {}, address = '203.0.113.5' }: Asking) =>
  ({
    headers,
    query: new Map(Object.entries(query)),
    body: new Map(Object.entries(body)),
    address,
  }) as unknown as Received;

/** The same, in a deployment. */
export const located = (asking: Asking, id = 1): Located =>
  ({ received: received(asking), deployment: { id, name: 'here' } }) as unknown as Located;
