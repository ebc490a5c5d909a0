import type { IncomingMessage } from 'node:http';

/**
 * Headers of one connection, which a proxy does not forward (RFC 9110, 7.6.1). `Transfer-Encoding` is one too, but a forwarded request keeps it:
 * it tells Node that the length of the body is unknown.
 */
const hopByHop: readonly string[] = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'upgrade'],
];

/** Headers of a request that a proxy writes itself: `Host`; `Expect` was answered by the proxy. */
const ofTheProxy: readonly string[] = ['host', 'expect'];

/** The raw headers of a request that are forwarded, in their order and case: names and values in turn. `without`: lower-case names. */
export const forwardedRequestHeaders = (
  request: IncomingMessage,
  without: readonly string[] = [],
): string[] => headersWithout(request, [...hopByHop, ...ofTheProxy, ...without]);

/** The raw headers of a response that are forwarded, as above. */
export const forwardedResponseHeaders = (response: IncomingMessage): string[] =>
  headersWithout(response, [...hopByHop, 'transfer-encoding']);

/** Drops the headers that `Connection` names too. */
function headersWithout({ rawHeaders, headers }: IncomingMessage, names: readonly string[]): string[] {
  const named = (headers.connection ?? '').toLowerCase().split(',');
  const dropped = new Set([...names, ...named.map((name) => name.trim())]);
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && !dropped.has(name.toLowerCase()) ? [name, rawHeaders[i + 1] as string] : [],
  );
}
