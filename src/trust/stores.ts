import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../contract/failure.ts';
import { storeNameOf } from './platforms.ts';

const run = promisify(execFile);

/** The authority, as stores know it: its certificate's file, and its name. */
export interface Known {
  readonly file: string;
  readonly commonName: string;
}

/** A place on this machine where the authority can be trusted. */
export interface TrustStore {
  readonly name: 'system' | 'nss';
  /** As people call it. */
  readonly place: string;
  trusts(authority: Known): Promise<boolean>;
  install(authority: Known): Promise<void>;
  uninstall(authority: Known): Promise<void>;
}

/** The stores of this machine that can be changed from here; none on systems that are only told what to paste. */
export async function trustStores(): Promise<readonly TrustStore[]> {
  return [...(await systemStore()), ...(await nssStores())];
}

const anchors = '/usr/local/share/ca-certificates';

/** Debian and what descends from it. */
async function systemStore(): Promise<readonly TrustStore[]> {
  const update = await command('update-ca-certificates');
  if (update === undefined || !(await exists(anchors))) return [];
  const anchor = ({ commonName }: Known): string => join(anchors, `${storeNameOf(commonName)}.crt`);
  return [
    {
      name: 'system',
      place: `the system's store (${anchors})`,
      trusts: async (known) => {
        const kept = await readFile(anchor(known), 'utf8').catch(() => undefined);
        return kept !== undefined && kept === (await readFile(known.file, 'utf8'));
      },
      install: async (known) => {
        await copyFile(known.file, anchor(known)).catch(rootIsNeeded);
        await run(update).catch(rootIsNeeded);
      },
      uninstall: async (known) => {
        await rm(anchor(known), { force: true }).catch(rootIsNeeded);
        await run(update, ['--fresh']).catch(rootIsNeeded);
      },
    },
  ];
}

function rootIsNeeded(error: NodeJS.ErrnoException & { readonly stderr?: string }): never {
  if (error.code === 'EACCES' || error.code === 'EPERM' || process.getuid?.() !== 0)
    throw new Failure(
      `the system's store may be changed by root only (${error.message}): repeat it with sudo and --data, or choose --store nss; accord trust show --platform linux says what is done`,
    );
  throw new Failure(`the system's store could not be changed: ${error.stderr || error.message}`);
}

/** Databases of Firefox and Chromium, which do not look into the system's store. */
async function nssStores(): Promise<readonly TrustStore[]> {
  const certutil = await command('certutil');
  // Windows has a certutil that is another program.
  if (certutil === undefined || process.platform === 'win32') return [];
  return (await nssFolders()).map((folder) => {
    const database = ['-d', `sql:${folder}`];
    const certificates = async ({ commonName }: Known): Promise<string> =>
      (await run(certutil, ['-L', ...database, '-n', commonName, '-a']).catch(() => ({ stdout: '' }))).stdout;
    const ask = (...words: readonly string[]): Promise<unknown> =>
      run(certutil, [...words, ...database]).catch((error: Error & { stderr?: string }) => {
        throw new Failure(`${folder} could not be changed: ${error.stderr || error.message}`);
      });
    return {
      name: 'nss',
      place: `the store of browsers in ${folder}`,
      trusts: async (known) =>
        withoutBreaks(await certificates(known)) === withoutBreaks(await readFile(known.file, 'utf8')),
      install: async ({ file, commonName }) => {
        await ask('-A', '-t', 'C,,', '-n', commonName, '-i', file);
      },
      uninstall: async ({ commonName }) => {
        await ask('-D', '-n', commonName);
      },
    };
  });
}

async function nssFolders(): Promise<readonly string[]> {
  const home = homedir();
  const profiles = await Promise.all(
    [
      '.mozilla/firefox',
      'snap/firefox/common/.mozilla/firefox',
      'Library/Application Support/Firefox/Profiles',
    ].map(async (below) =>
      (await readdir(join(home, below)).catch(() => [])).map((profile) => join(home, below, profile)),
    ),
  );
  const folders = [join(home, '.pki/nssdb'), ...profiles.flat()];
  const found = await Promise.all(folders.map((folder) => exists(join(folder, 'cert9.db'))));
  return folders.filter((_, i) => found[i]);
}

const withoutBreaks = (pem: string): string => pem.replace(/\s+/g, '');

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The path of a program; the folders of administration are not in everybody's PATH. */
async function command(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    const path = join(folder, name);
    if (
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return path;
  }
  return undefined;
}
