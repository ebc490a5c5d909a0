import type { Tenant } from '../harness/world.ts';

/** `fetch` to the deployment of a tenant, over a socket: the real one says no other host than the one it calls. */
export const tenantFetch =
  (tenant: Tenant): typeof fetch =>
  async (input, init) => {
    const asked = new Request(input as string, init);
    const { pathname, search } = new URL(asked.url);
    const body = Buffer.from(await asked.arrayBuffer());
    const reply = await tenant.send({
      method: asked.method,
      path: pathname + search,
      headers: Object.fromEntries(asked.headers),
      ...(body.length > 0 ? { body } : {}),
    });
    const headers = Object.entries(reply.headers).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return new Response(new Uint8Array(reply.bytes), { status: reply.http, headers });
  };

/** The address that goes with it; nobody listens there. */
export const nowhere = 'http://tenant.invalid';
