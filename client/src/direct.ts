/** How `fetch` is to treat redirects: on its way a write would become a read, and a secret in a body would reach another host. */
export const redirectOf = (method: string): 'follow' | 'manual' => (method === 'GET' ? 'follow' : 'manual');

/** Throws `TypeError` for a redirect that was not followed. */
export function direct(answer: Response): Response {
  const { status, type } = answer;
  // Browsers tell no more than that it is one.
  if (type !== 'opaqueredirect' && (status < 300 || status > 399 || status === 304)) return answer;
  throw new TypeError(
    'the server redirects, which only reads follow: say the address that it leads to as baseUrl',
  );
}
