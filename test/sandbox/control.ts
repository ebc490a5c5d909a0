import type { Reply } from '../harness/http.ts';
import type { Tenant } from '../harness/world.ts';

/** The token that worlds of tests give their sandbox. */
export const controlToken = 'a-token-for-tests';

/** One request to the control API of the sandbox that the tenant is in. */
export async function controlled(
  tenant: Tenant,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply & { readonly json: Record<string, unknown> }> {
  const reply = await tenant.send({
    method,
    path: `/sandbox/v0/${path}`,
    headers: {
      Authorization: `Bearer ${controlToken}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = reply.headers['content-type']?.startsWith('application/json') ? JSON.parse(reply.text) : {};
  return { ...reply, json };
}
