/** A parameter's value as it was sent: text from a query, a form or multipart; anything JSON can say from a JSON body. */
export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | readonly ParameterValue[]
  | { readonly [key: string]: ParameterValue };

/** The parameters of a request, wherever they were sent. */
export interface Parameters {
  get(name: string): ParameterValue | undefined;
  has(name: string): boolean;
  /** Of everything that was sent with the request. */
  names?(): Iterable<string>;
}
