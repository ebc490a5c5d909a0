/** What delivers events to their subscribers. */
export interface Deliveries {
  /** There is something to deliver in this deployment. */
  wake(deployment: number): void;
  /** Delivers one event of one subscription now, and resolves when it was answered or has failed. Never rejects. */
  send(message: DeliveryMessage): Promise<DeliveryAnswer>;
}

/** One event on its way to one subscriber. */
export interface DeliveryMessage {
  readonly url: string;
  readonly contentType: string;
  readonly secret: string | null;
  readonly event: string;
  /** Sent to the receiver, so that it recognises a repetition. */
  readonly delivery: string;
  readonly objectId: number;
  readonly resourceUrl: string;
}

/** The HTTP status of the receiver's answer, or why there is none. */
export interface DeliveryAnswer {
  readonly http: number | null;
  readonly problem: string | null;
  readonly ms: number;
}
