import { BadUsage } from '../contract/failure.ts';
import type { Bench } from './bench.ts';
import { Stopped } from './manners.ts';
import { needs } from './pieces.ts';
import { NotProbed } from './probe.ts';
import { jsonIn, statusOf } from './reading.ts';
import { api, bearer, type ProbeAnswer } from './sending.ts';
import { Unanswered } from './wire.ts';

/** The first request, and whether what was given lets us in: a mistake is better told once than by every row. */
export async function greet(bench: Bench): Promise<void> {
  const { origin, pieces, secrets: kept } = bench;
  const first = await bench.send({ path: `${api}/staff` }).catch((error) => {
    if (error instanceof Unanswered)
      throw new BadUsage(`${origin.origin} did not answer (${error.message}): is it the origin of the API?`);
    throw error;
  });
  const { location } = first.headers;
  if (first.http >= 300 && first.http < 400)
    throw new BadUsage(
      `${origin.origin} leads on to ${location ?? 'somewhere else'}: give the origin that answers itself`,
    );
  if (jsonIn(first) === undefined)
    throw new BadUsage(
      `${origin.origin} answered HTTP ${first.http} without JSON: is it the origin of an API, such as https://acme.api.accelo.com?`,
    );
  if (!needs.token.has(pieces)) return;
  try {
    const token = await bench.token();
    for (const list of ['staff', 'companies'])
      mayRead(
        list,
        await bench.send({ path: `${api}/${list}?_limit=1`, headers: bearer(token), metered: true }),
      );
  } catch (error) {
    if (error instanceof NotProbed) throw new BadUsage(`${kept.hide(error.message)}: check what was given`);
    if (error instanceof Stopped || error instanceof Unanswered) throw new BadUsage(error.message);
    throw error;
  }
}

/** A token that may not read says nothing about the server. */
function mayRead(list: string, answered: ProbeAnswer): void {
  if (answered.http === 401)
    throw new BadUsage('the token is not accepted (HTTP 401): check --token, or the application');
  const status = String(statusOf(answered));
  if (status === 'invalid_scope' || status === 'invalid_permission')
    throw new BadUsage(
      `the token may not read ${list} (${status}): give one of a person who may, with read(staff,companies)`,
    );
}
