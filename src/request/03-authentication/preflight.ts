import type { Located } from '../02-deployment/locate.ts';
import type { Trail } from '../trail.ts';
import type { World } from '../world.ts';
import { allowedOrigin } from './restrictions.ts';

/** The caller's origin, when any application of the deployment lists it: a preflight carries no token that would say which. */
export async function preflightOrigin(
  { deployment, received }: Located,
  world: World,
): Promise<string | undefined> {
  if (received.headers.origin === undefined) return undefined;
  const rows = await world.store.select(deployment.id, {
    table: 'applications',
    select: [{ column: 'allow_domains' }],
    where: {
      all: [
        { not: { empty: { column: 'allow_domains' } } },
        { test: '=', on: { column: 'disabled' }, value: 0 },
      ],
    },
    order: [{ by: { column: 'id' }, descending: false }],
    limit: 1_000,
    offset: 0,
  });
  for (const [domains] of rows) {
    const origin = allowedOrigin(received, domains as string);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/**
 * A page can read an answer of another origin only if the answer allows it. A caller that failed to authenticate has no application that lists
 * the origin, so what the preflight said applies: without it the page could not learn that its token has expired. `undefined`: there is nothing to look up.
 */
export function originOfRefused(trail: Trail, world: World): Promise<string | undefined> | undefined {
  const { stage, deployment, received, refusal } = trail;
  if (received.headers.origin === undefined || stage !== 'authentication' || !deployment) return undefined;
  // With the database away nobody knows which origins are allowed.
  if (refusal?.status === 'server_error') return undefined;
  return preflightOrigin({ received, deployment }, world).catch(() => undefined);
}

/** What a browser may send across origins; empty when the origin is not listed, so that it sends nothing. */
export function preflightHeaders(origin: string | undefined): readonly (readonly [string, string])[] {
  if (origin === undefined) return [];
  return [
    ['Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE, HEAD'],
    [
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type, Accept, Accept-Type, Idempotency-Key, X-Request-Id',
    ],
    ['Access-Control-Max-Age', '600'],
  ];
}
