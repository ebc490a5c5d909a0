import { createHmac } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an app shows, written here from RFC 4226 (5.3), RFC 6238 (4.2) and RFC 4648 (6). `now` in unix seconds. */
export function codeAt(key: string, now: number): string {
  const bits = [...key].map((one) => alphabet.indexOf(one).toString(2).padStart(5, '0')).join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30)));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Six digits that are no code of the key anywhere near. */
export function wrongCodeAt(key: string, now: number): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(key, now + 30 * steps));
  for (let tried = 0; ; tried++) {
    const code = String(tried).padStart(6, '0');
    if (!near.includes(code)) return code;
  }
}
