/** What a webhook came with: `X-Hub-Signature` and, from Accord, `X-Hub-Signature-256`. */
export interface Signed {
  /** The body, byte by byte as it came: once parsed and written again it is another. */
  readonly body: Uint8Array | string;
  /** Those of `fetch`, or those of Node, by names in lower case. */
  readonly headers:
    | { get(name: string): string | null }
    | Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The header of the stronger one first. */
const algorithms = Object.freeze([
  ['x-hub-signature-256', 'sha256', 'SHA-256'],
  ['x-hub-signature', 'sha1', 'SHA-1'],
] as const);

/**
 * Whether a webhook was signed with the secret of its subscription. The strongest signature that is there decides: a right one beside a wrong
 * one does not help.
 */
export async function isSigned({ body, headers }: Signed, secret: string): Promise<boolean> {
  if (secret === '') return false;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
  for (const [header, prefix, hash] of algorithms) {
    const given = typeof headers.get === 'function' ? headers.get(header) : (headers as Named)[header];
    if (given === null || given === undefined) continue;
    const signature = bytesIn(String(given).trim(), prefix);
    if (!signature) return false;
    const algorithm = { name: 'HMAC', hash };
    const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, [
      'verify',
    ]);
    // Compares in constant time.
    return crypto.subtle.verify('HMAC', key, signature, bytes);
  }
  return false;
}

type Named = Readonly<Record<string, unknown>>;

function bytesIn(text: string, prefix: string): Uint8Array<ArrayBuffer> | undefined {
  const hex = text.startsWith(`${prefix}=`) ? text.slice(prefix.length + 1) : text;
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return undefined;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
