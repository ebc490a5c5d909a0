import { join } from 'node:path';

/** Where `accord trust` keeps its authority and the server's certificate: paths below the data folder, PEM each. */
export interface TrustFiles {
  readonly folder: string;
  readonly authority: string;
  readonly authorityKey: string;
  readonly server: string;
  readonly serverKey: string;
}

export function trustFiles(data: string): TrustFiles {
  const folder = join(data, 'trust');
  return Object.freeze({
    folder,
    authority: join(folder, 'authority.pem'),
    authorityKey: join(folder, 'authority-key.pem'),
    server: join(folder, 'server.pem'),
    serverKey: join(folder, 'server-key.pem'),
  });
}
