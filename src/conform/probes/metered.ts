import type { Bench } from '../bench.ts';
import { bearer, type Sending } from '../sending.ts';

/** A request to a resource with the token of the run. */
export async function metered(bench: Bench, path: string, more: Partial<Sending> = {}): Promise<Sending> {
  return {
    ...more,
    path,
    headers: { ...bearer(await bench.token()), ...more.headers },
    metered: true,
  };
}
