/** How one platform comes to trust the authority: what to type, and how to undo it. */
interface Platform {
  readonly title: string;
  readonly trust: readonly string[];
  readonly undo: readonly string[];
  readonly remark?: string;
}

export const platforms = ['linux', 'macos', 'windows', 'firefox', 'node', 'python', 'java', 'curl'] as const;
export type PlatformName = (typeof platforms)[number];

/** What stands for the authority in stores: letters, digits and hyphens. */
export const storeNameOf = (commonName: string): string => commonName.toLowerCase().replaceAll(' ', '-');

/** `file` is the authority's certificate (an absolute path), `commonName` its name. */
export function stepsFor(platform: PlatformName, file: string, commonName: string): readonly Platform[] {
  const name = storeNameOf(commonName);
  const path = quoted(file);
  return of[platform]({ file, path, name, commonName });
}

interface Authority {
  readonly file: string;
  readonly path: string;
  readonly name: string;
  readonly commonName: string;
}

const of: Readonly<Record<PlatformName, (authority: Authority) => readonly Platform[]>> = {
  linux: ({ path, name }) => [
    {
      title: 'Debian, Ubuntu, Alpine',
      trust: [`sudo cp ${path} /usr/local/share/ca-certificates/${name}.crt`, 'sudo update-ca-certificates'],
      undo: [`sudo rm /usr/local/share/ca-certificates/${name}.crt`, 'sudo update-ca-certificates --fresh'],
      remark: 'accord trust install does this.',
    },
    {
      title: 'Fedora, RHEL, openSUSE (there /usr/share/pki/trust/anchors, and update-ca-certificates)',
      trust: [`sudo cp ${path} /etc/pki/ca-trust/source/anchors/${name}.pem`, 'sudo update-ca-trust'],
      undo: [`sudo rm /etc/pki/ca-trust/source/anchors/${name}.pem`, 'sudo update-ca-trust'],
    },
    {
      title: 'Arch',
      trust: [`sudo trust anchor --store ${path}`],
      undo: [`sudo trust anchor --remove ${path}`],
    },
  ],
  macos: ({ path, commonName }) => [
    {
      title: 'macOS',
      trust: [
        `security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db ${path}`,
      ],
      undo: [
        `security remove-trusted-cert ${path}`,
        `security delete-certificate -c ${quoted(commonName)} ~/Library/Keychains/login.keychain-db`,
      ],
    },
  ],
  windows: ({ file, commonName }) => [
    {
      title: 'Windows, for you alone (PowerShell or a command prompt)',
      trust: [`certutil -user -addstore Root "${file}"`],
      undo: [`certutil -user -delstore Root "${commonName}"`],
    },
  ],
  firefox: ({ path, commonName }) => [
    {
      title: 'Firefox and Chromium on Linux (NSS; certutil is in libnss3-tools or nss-tools)',
      trust: [
        `for d in ~/.pki/nssdb ~/.mozilla/firefox/*.default*; do certutil -A -d "sql:$d" -t C,, -n ${quoted(commonName)} -i ${path}; done`,
      ],
      undo: [
        `for d in ~/.pki/nssdb ~/.mozilla/firefox/*.default*; do certutil -D -d "sql:$d" -n ${quoted(commonName)}; done`,
      ],
      remark:
        'accord trust install does this where certutil is there. On macOS and Windows, Firefox takes what the system trusts (security.enterprise_roots.enabled).',
    },
  ],
  node: ({ path }) => [
    {
      title: 'Node.js (Deno: DENO_CERT)',
      trust: [`export NODE_EXTRA_CA_CERTS=${path}`],
      undo: ['unset NODE_EXTRA_CA_CERTS'],
      remark:
        'Read when Node starts: set it before, not in the program. What the system trusts: node --use-system-ca.',
    },
  ],
  python: ({ path }) => [
    {
      title: 'Python, beside the authorities that are trusted already',
      trust: [
        `cat "$(python3 -c 'import ssl; print(ssl.get_default_verify_paths().cafile)')" ${path} > accord-bundle.pem`,
        'export SSL_CERT_FILE="$PWD/accord-bundle.pem" REQUESTS_CA_BUNDLE="$PWD/accord-bundle.pem"',
      ],
      undo: ['unset SSL_CERT_FILE REQUESTS_CA_BUNDLE', 'rm accord-bundle.pem'],
      remark: `Both replace what is trusted otherwise. For the sandbox alone they may name ${path} itself.`,
    },
  ],
  java: ({ path, name }) => [
    {
      title: 'Java, in the store of one JDK (its usual password is changeit)',
      trust: [`keytool -importcert -noprompt -cacerts -storepass changeit -alias ${name} -file ${path}`],
      undo: [`keytool -delete -cacerts -storepass changeit -alias ${name}`],
    },
    {
      title: 'Java, in a store of its own, which one program is given',
      trust: [
        `keytool -importcert -noprompt -keystore accord.p12 -storepass changeit -alias ${name} -file ${path}`,
        'java -Djavax.net.ssl.trustStore=accord.p12 -Djavax.net.ssl.trustStorePassword=changeit …',
      ],
      undo: ['rm accord.p12'],
    },
  ],
  curl: ({ path }) => [
    {
      title: 'curl',
      trust: [`export CURL_CA_BUNDLE=${path}`],
      undo: ['unset CURL_CA_BUNDLE'],
      remark: `It replaces what is trusted otherwise. For one call: curl --cacert ${path} …`,
    },
  ],
};

/** As a shell of Unix takes it for one word. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
