import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const successorPurpose = 'refresh successor';

/**
 * A replaced refresh token answers a racing caller with the same successor for a short while. The successor is kept sealed with a
 * key that is derived from the replaced token, so that the store never holds a token that works.
 */
export function seal(text: string, token: string, purpose = successorPurpose): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(token, purpose), nonce);
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** Throws when the text was not sealed with this token. */
export function unseal(sealed: string, token: string, purpose = successorPurpose): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(token, purpose), bytes.subarray(0, 12), {
    authTagLength: 16,
  });
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
}

const keyOf = (token: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, '', `accord ${purpose}`, 32));
