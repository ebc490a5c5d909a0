/** The control API was asked for what it cannot do; the message is for people. */
export class BadControl extends Error {
  override readonly name = 'BadControl';
  /** 404 for what does not exist. */
  readonly http: 400 | 404;
  constructor(message: string, http: 400 | 404 = 400) {
    super(message);
    this.http = http;
  }
}
