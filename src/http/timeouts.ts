/** Time-outs of outgoing requests, in milliseconds. `silence`: without a byte; `whole`: from the call to the end of the answer. */
export const outgoingTimeouts = Object.freeze({
  /** Name, connection and TLS. */
  connectMs: 10_000,
  /** Commands that call a server. */
  call: { silenceMs: 60_000, wholeMs: 600_000 },
  /** The server that a proxy leads to, asked once before the command starts. */
  healthMs: 10_000,
  /** The upstream of `accord record`. */
  upstreamSilenceMs: 120_000,
  /** Object storage. */
  storageSilenceMs: 30_000,
  /** The operator's URL for incidents, and the SMTP server. */
  incidentMs: 10_000,
  /** The rest of a webhook receiver's answer, after its status. */
  webhookBodyMs: 1_000,
});
