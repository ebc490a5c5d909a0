/** A request to the control API of a sandbox that cannot be done. The message is for people. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /** 404 where what the request names does not exist. */
  readonly http: 400 | 404;
  constructor(message: string, http: 400 | 404 = 400) {
    super(message);
    this.http = http;
  }
}
