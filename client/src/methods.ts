import type { FilterNames, Filters, Order } from './filters.ts';
import type { Sent } from './resource.ts';
import type { Checked } from './selection.ts';

/** Of requests that answer objects with these fields. */
export interface Asking<Fields, F extends readonly string[], H> extends Sent {
  /** Beside the default fields: names, `link()`, `link(a,b())`, `_ALL`. */
  readonly fields?: F & Checked<Fields, F>;
  /** Nothing but what `fields` says. */
  readonly hideDefaults?: H;
}

interface Choosing<N extends FilterNames> {
  readonly filters?: Filters<N>;
}

type Searching<N extends FilterNames> = N['search'] extends true
  ? {
      /** Every word must be found. */
      readonly search?: string;
    }
  : unknown;

/** `limit`: objects of a page, 1 to 100; 10 unless told, 100 when it is iterated. `page` from 0. */
export type Listed<Fields, N extends FilterNames, F extends readonly string[], H> = Asking<Fields, F, H> &
  Choosing<N> &
  Searching<N> & { readonly order?: Order<N>; readonly limit?: number; readonly page?: number };

export type Counted<N extends FilterNames> = Sent & Choosing<N> & Searching<N>;

export interface Writing<Fields, F extends readonly string[], H> extends Asking<Fields, F, H> {
  /** With a key of one's own a write may be repeated, also by another process. */
  readonly idempotencyKey?: string;
}
