import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, boolean, derInteger, identifier, octets, sequence, set, tagged, time, utf8 } from './der.ts';
import { networks, subtrees } from './names.ts';

/** X.509 v3 (RFC 5280), signed with ECDSA on P-256 and SHA-256. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  readonly from: Date;
  readonly until: Date;
  /** Whose certificate it is; a private key stands for its public one. */
  readonly key: KeyObject;
  readonly signer: KeyObject;
  /** Host names and addresses it is good for; `undefined` for the authority, which signs others. */
  readonly names: readonly string[] | undefined;
}

/** PEM. */
export function issue({ subject, issuer, from, until, key, signer, names }: Certificate): string {
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const extensions =
    names === undefined
      ? authorityExtensions(key)
      : [
          extension('2.5.29.19', true, sequence()),
          // digitalSignature
          extension('2.5.29.15', true, bits(Buffer.from([0b1000_0000]), 7)),
          extension('2.5.29.17', false, sequence(...names.map(alternativeName))),
          ...shared(key, signer),
        ];
  const content = sequence(
    tagged(0, derInteger(Buffer.from([2])), true),
    derInteger(randomBytes(16)),
    algorithm,
    distinguished(issuer),
    sequence(time(from), time(until)),
    distinguished(subject),
    publicKey(key).export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions), true),
  );
  const signed = sequence(content, algorithm, bits(sign('sha256', content, signer)));
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function authorityExtensions(key: KeyObject): readonly Buffer[] {
  return [
    // It signs servers' certificates, not other authorities.
    extension('2.5.29.19', true, sequence(boolean(true), derInteger(Buffer.from([0])))),
    // keyCertSign, cRLSign
    extension('2.5.29.15', true, bits(Buffer.from([0b0000_0110]), 1)),
    // Constraints bind the kinds of name they list: with addresses left out, every address would be admitted.
    extension(
      '2.5.29.30',
      true,
      sequence(
        tagged(
          0,
          Buffer.concat([
            ...subtrees.map((name) => sequence(tagged(2, Buffer.from(name, 'ascii'), false))),
            ...networks.map(([address, prefix]) =>
              sequence(tagged(7, Buffer.concat([addressBytes(address), mask(address, prefix)]), false)),
            ),
          ]),
          true,
        ),
      ),
    ),
    ...shared(key, key),
  ];
}

/** Servers only, so that the authority vouches for no mail and no programs either. */
const shared = (key: KeyObject, signer: KeyObject): readonly Buffer[] => [
  extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'))),
  extension('2.5.29.14', false, octets(keyIdentifier(key))),
  extension('2.5.29.35', false, sequence(tagged(0, keyIdentifier(signer), false))),
];

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(identifier(id), ...(critical ? [boolean(true)] : []), octets(value));

const distinguished = (commonName: string): Buffer =>
  sequence(
    set(sequence(identifier('2.5.4.10'), utf8('Accord'))),
    set(sequence(identifier('2.5.4.3'), utf8(commonName))),
  );

const alternativeName = (name: string): Buffer =>
  isIP(name) === 0 ? tagged(2, Buffer.from(name, 'ascii'), false) : tagged(7, addressBytes(name), false);

/** The addresses of `names.ts` only: IPv4, and the loopback address of IPv6. */
const addressBytes = (address: string): Buffer =>
  isIP(address) === 4
    ? Buffer.from(address.split('.').map(Number))
    : Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);

const mask = (address: string, prefix: number): Buffer =>
  Buffer.from(
    Array.from({ length: isIP(address) === 4 ? 4 : 16 }, (_, i) =>
      i * 8 < prefix ? 0xff << Math.max(0, i * 8 + 8 - prefix) : 0,
    ),
  );

const publicKey = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key);

/** RFC 7093, method 1: the first 160 bits of the SHA-256 of the point, which are the last 65 bytes on P-256. */
export const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256')
    .update(publicKey(key).export({ type: 'spki', format: 'der' }).subarray(-65))
    .digest()
    .subarray(0, 20);
