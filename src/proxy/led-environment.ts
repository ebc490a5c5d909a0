import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';

export type Variables = Readonly<Record<string, string | undefined>>;

/** Variables that lead a program to the proxy, and have it trust the proxy's certificate. */
export interface LedEnvironment {
  readonly variables: Variables;
  release(): Promise<void>;
}

/** Every client is kept from the proxy where it asks this machine itself, such as a server that a test starts. */
const thisMachine = 'localhost,127.0.0.1,::1';

/**
 * What a client of each language reads (docs/guides/clients.md). `NO_PROXY` of the caller is replaced, because it could name a host that is to be led
 * here. `others`: whether other hosts are reached too, so that the usual authorities have to be trusted beside ours.
 */
export async function ledEnvironment(
  before: Variables,
  { url, authority, others }: { readonly url: string; readonly authority: string; readonly others: boolean },
): Promise<LedEnvironment> {
  const folder = others ? await mkdtemp(join(tmpdir(), 'accord-proxy-')) : undefined;
  const bundle = folder === undefined ? authority : join(folder, 'authorities.pem');
  if (folder !== undefined)
    await writeFile(bundle, [...rootCertificates, await readFile(authority, 'utf8')].join('\n'));
  const { hostname, port } = new URL(url);
  const java = ['http', 'https'].map(
    (scheme) => `-D${scheme}.proxyHost=${hostname} -D${scheme}.proxyPort=${port}`,
  );
  const authorities = ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'PERL_LWP_SSL_CA_FILE'];
  const both = (names: readonly string[], value: string): [string, string][] =>
    names.flatMap((name) => [
      [name, value],
      [name.toLowerCase(), value],
    ]);
  return {
    variables: {
      ...before,
      ...Object.fromEntries(both(['HTTP_PROXY', 'HTTPS_PROXY'], url)),
      ...Object.fromEntries(both(['NO_PROXY'], thisMachine)),
      ALL_PROXY: undefined,
      all_proxy: undefined,
      NODE_USE_ENV_PROXY: '1',
      NODE_EXTRA_CA_CERTS: bundle,
      ...Object.fromEntries(authorities.map((name) => [name, bundle])),
      JDK_JAVA_OPTIONS: [before.JDK_JAVA_OPTIONS, ...java].filter(Boolean).join(' '),
    },
    release: async () => {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
