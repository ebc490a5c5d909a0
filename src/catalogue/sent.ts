/** A parameter's value as it was sent: text from a query, a form or multipart; anything JSON can say from a JSON body. */
export type Sent = string | number | boolean | null | readonly Sent[] | { readonly [key: string]: Sent };

/** The parameters of a request, wherever they were sent. */
export interface Parameters {
  get(name: string): Sent | undefined;
  has(name: string): boolean;
  /** Of everything that was sent with the request. */
  names?(): Iterable<string>;
}
