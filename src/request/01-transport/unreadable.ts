import type { Received } from './received.ts';

/** Stands for a request that could not be read as HTTP, so that it is answered and logged like any other. `at` in unix milliseconds. */
export const unreadableRequest = (
  reason: string,
  id: string,
  at: number,
  { host, https }: { readonly host: string; readonly https: boolean },
): Received => ({
  id,
  at,
  started: performance.now(),
  method: undefined,
  wrote: 'unreadable',
  head: false,
  segments: [],
  misaddressed: undefined,
  path: '',
  https,
  host,
  address: '',
  headers: {},
  query: new Map(),
  body: new Map(),
  uploads: new Map(),
  repeated: undefined,
  malformed: reason,
  presentation: { format: 'json', suppressMessage: false, suppressHttpStatus: false, suppressMeta: false },
});
