import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { Failure } from '../contract/failure.ts';
import { type TrustFiles, trustFiles } from '../server/trust-files.ts';
import { issue, keyIdentifier } from './certificate.ts';
import { usualNames } from './names.ts';

const day = 86_400_000;
/** Days. Ten years for the authority, so that it is trusted once; for servers the most that browsers take. */
const lives = Object.freeze({ authority: 3_650, server: 397 });
/** Days before its end at which a certificate is renewed. */
const margin = 30;

export interface Trust {
  readonly files: TrustFiles;
  readonly authority: X509Certificate;
  readonly server: X509Certificate;
}

/** What `createTrust` did: what it made, or that it left everything as it was. */
export interface Created extends Trust {
  readonly made: { readonly authority: boolean; readonly server: boolean };
}

/** Host names and addresses a certificate is good for. */
export const certificateNames = ({ subjectAltName = '' }: X509Certificate): readonly string[] =>
  subjectAltName
    .split(', ')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(entry.indexOf(':') + 1))
    .map((name) => (name === '0:0:0:0:0:0:0:1' ? '::1' : name));

/** The name under which stores keep it, which no two authorities share. */
export const commonNameOf = ({ subject }: X509Certificate): string => /CN=(.*)/.exec(subject)?.[1] ?? '';

/** `undefined` when there is none; a file that cannot be read, or is no certificate, is a failure. */
export function readTrust(data: string): Trust | undefined {
  const files = trustFiles(data);
  const authority = readCertificate(files.authority);
  const server = readCertificate(files.server);
  return authority && server && { files, authority, server };
}

/** As `readTrust`; fails when there is none, or when it has ended. `now` in milliseconds. */
export function requireTrust(data: string, now = Date.now()): Trust {
  const trust = readTrust(data);
  if (!trust) throw new Failure(`there is no certificate in ${data}: accord trust create makes one`);
  if (trust.server.validToDate.getTime() <= now)
    throw new Failure(
      `the certificate in ${data} ended on ${trust.server.validToDate.toISOString().slice(0, 10)}: accord trust create renews it`,
    );
  return trust;
}

/**
 * Makes what is missing. Renews what is near its end, damaged, or not valid for the names wanted. A valid certificate stays valid for its names.
 * `now` in milliseconds.
 */
export async function createTrust(
  data: string,
  names: readonly string[],
  now = Date.now(),
): Promise<Created> {
  const files = trustFiles(data);
  await mkdir(files.folder, { recursive: true });
  const from = new Date(now - day);
  const before = pairOf(files.authority, files.authorityKey);
  // An authority outlives the certificates it signs.
  const keep = before && lasts(before.certificate, now, lives.server + margin);
  const authority = keep ? before : await createAuthority(files, from, now);
  const old = readCertificate(files.server);
  const wanted = [...new Set([...usualNames, ...(old ? certificateNames(old) : []), ...names])];
  const good =
    keep &&
    old &&
    pairOf(files.server, files.serverKey) &&
    lasts(old, now, margin) &&
    old.verify(authority.certificate.publicKey) &&
    wanted.every((name) => certificateNames(old).includes(name));
  await closeToOthers(files);
  if (good)
    return {
      files,
      authority: authority.certificate,
      server: old,
      made: { authority: false, server: false },
    };
  // The key stays: a certificate and its key then never disagree, whenever they are read.
  const key = readKey(files.serverKey) ?? (await createKey(files.serverKey));
  const pem = issue({
    subject: 'Accord local server',
    issuer: commonNameOf(authority.certificate),
    from,
    until: new Date(now + lives.server * day),
    key,
    signer: authority.key,
    names: wanted,
  });
  await replace(files.server, pem, 0o644);
  return {
    files,
    authority: authority.certificate,
    server: new X509Certificate(pem),
    made: { authority: !keep, server: true },
  };
}

export const removeTrust = ({ folder }: TrustFiles): Promise<void> =>
  rm(folder, { recursive: true, force: true });

interface Pair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

async function createAuthority(files: TrustFiles, from: Date, now: number): Promise<Pair> {
  const key = await createKey(files.authorityKey);
  const name = `Accord local authority ${keyIdentifier(key).toString('hex').slice(0, 8)}`;
  const until = new Date(now + lives.authority * day);
  const pem = issue({ subject: name, issuer: name, from, until, key, signer: key, names: undefined });
  await replace(files.authority, pem, 0o644);
  return { certificate: new X509Certificate(pem), key };
}

async function createKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await replace(file, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600);
  return privateKey;
}

/** A certificate with the key that belongs to it. */
function pairOf(certificateFile: string, keyFile: string): Pair | undefined {
  const certificate = readCertificate(certificateFile);
  const key = readKey(keyFile);
  return certificate && key && certificate.checkPrivateKey(key) ? { certificate, key } : undefined;
}

const lasts = ({ validToDate }: X509Certificate, now: number, days: number): boolean =>
  validToDate.getTime() - now > days * day;

function readCertificate(file: string): X509Certificate | undefined {
  const pem = read(file);
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    throw new Failure(`${file} is not a certificate: remove it, and accord trust create makes a new one`);
  }
}

function readKey(file: string): KeyObject | undefined {
  const pem = read(file);
  try {
    return pem === undefined ? undefined : createPrivateKey(pem);
  } catch {
    throw new Failure(`${file} is not a private key: remove it, and accord trust create makes a new one`);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Failure(`${file} cannot be read: ${message}`);
  }
}

/** Replaced as a whole, so that a reader never meets half of it. */
async function replace(file: string, text: string, mode: number): Promise<void> {
  const next = `${file}.${process.pid}`;
  await writeFile(next, text, { mode });
  await chmod(next, mode);
  await rename(next, file);
}

async function closeToOthers({ authorityKey, serverKey }: TrustFiles): Promise<void> {
  for (const file of [authorityKey, serverKey])
    await chmod(file, 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
}
