import type { Secrets } from './secrets.ts';
import type { Sending } from './sending.ts';

/** A line for a shell that sends the same request; secrets are variables in it. */
export function repeatLine(origin: URL, sending: Sending, { word }: Secrets): string {
  const { method = 'GET', path, headers = {}, body, host } = sending;
  const all = host === undefined ? headers : { Host: host, ...headers };
  const verb = method === 'GET' && body === undefined ? [] : [`-X ${method}`];
  return [
    'curl -si --path-as-is',
    ...(method === 'HEAD' ? ['--head'] : verb),
    ...Object.entries(all).map(([name, value]) => `-H ${word(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${word(body)}`]),
    word(`${origin.origin}${path}`),
  ].join(' ');
}
