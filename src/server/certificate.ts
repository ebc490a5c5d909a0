import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Config } from './config.ts';
import { BadSetting } from './setting.ts';

/** PEM, read and tried. Throws `BadSetting`, which names the setting. */
export async function readCertificate({
  certFile,
  keyFile,
}: NonNullable<Config['tls']>): Promise<{ readonly cert: string; readonly key: string }> {
  const read = (file: string, setting: string): Promise<string> =>
    readFile(file, 'utf8').catch((error: Error) => {
      throw new BadSetting(`${setting}: ${file} cannot be read (${error.message}): check the path`);
    });
  const cert = await read(certFile, '--tls-cert (ACCORD_TLS_CERT)');
  const key = await read(keyFile, '--tls-key (ACCORD_TLS_KEY)');
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new BadSetting(
      `--tls-cert and --tls-key (ACCORD_TLS_CERT, ACCORD_TLS_KEY) are not a PEM certificate and its key: ${(error as Error).message}`,
    );
  }
  return { cert, key };
}
