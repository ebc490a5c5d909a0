/** A host and a port, as a client names them. */
export interface Destination {
  /** Lower case, without a dot at the end; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** What a request is for. */
export interface ProxyTarget extends Destination {
  /** Whether the client speaks TLS, or thinks so. */
  readonly secure: boolean;
  /** As the client wrote it, with its query. */
  readonly path: string;
  /** For the header `Host`. */
  readonly authority: string;
}

/** `example.com:443`, `[::1]:80`; without a port the usual one, when there is one. */
export function readAuthority(text: string, usualPort?: number): Destination | undefined {
  const [, address, name, digits] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,254}))(?::(\d{0,5}))?$/i.exec(text) ?? [];
  const host = (address ?? name)?.toLowerCase().replace(/\.$/, '');
  const port = digits ? Number(digits) : usualPort;
  return host && port !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** A request target in absolute form, such as `http://example.com/path?query`; some clients send `https:` so too. */
export function readAbsolute(text: string): ProxyTarget | undefined {
  const [, scheme, authority = '', rest = ''] = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(text) ?? [];
  const secure = scheme?.toLowerCase() === 'https';
  const destination = scheme === undefined ? undefined : readAuthority(authority, secure ? 443 : 80);
  return destination && { ...destination, secure, authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** Without the query, which may hold a token, and without what a terminal would obey. */
export const printable = (text: string): string =>
  (text.split('?', 1)[0] ?? '').slice(0, 300).replace(/[^\x21-\x7e]/g, '?');
