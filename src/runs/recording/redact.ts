import { createHmac, randomBytes } from 'node:crypto';
import { isSecretName, plainHeaders, plainInOAuth } from './secret-names.ts';

/** Takes secrets out of what is recorded. One for each recorder: fingerprints of two cannot be compared, nor guessed without its key. */
export interface Redactor {
  /** Twelve hexadecimal digits, equal for equal texts. */
  print(secret: string): string;
  /** Text without what is known, named or looks like a secret. */
  text(text: string): string;
  /** A value under its name; `oauth`: only what may be said there is kept. */
  value(name: string, value: unknown, oauth: boolean): unknown;
  /** By lower-case name. */
  header(name: string, value: string): string;
}

export const marked = (print: string): string => `[secret ${print}]`;

/** Shorter values would be found by chance in other text. */
const secretCharactersMin = 8;
const knownSecretsMax = 2_000;
const depthMax = 64;

/** Long, with letters and digits: what nobody writes by hand. */
const opaque = /(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}/g;
const assigned = /([A-Za-z_][\w.-]*)(=|%3[Dd]|"\s*:\s*")([^&\s"<>#;]+)/g;
const schemes = /\b(Bearer|Basic|Token)\s+([\w~+/.=-]{4,})/gi;
/** Too short, and without what a name or a scheme would need before a secret. */
const harmless = /^[\w.+:-]{0,23}$/;
const userinfo = /\/\/[^/@\s"<>]+@/g;

class SecretRedactor implements Redactor {
  readonly #key = randomBytes(32);
  /** Values that only their name or place gives away, for when they come again elsewhere. */
  readonly #known = new Set<string>();

  print(secret: string): string {
    return createHmac('sha256', this.#key).update(secret).digest('hex').slice(0, 12);
  }

  #learn(secret: string): void {
    if (secret.length < secretCharactersMin || secret.replace(opaque, '') === '') return;
    const bare = secret.replace(/^'(.+)'$/, '$1');
    if (bare !== secret) this.#learn(bare);
    this.#known.delete(secret);
    this.#known.add(secret);
    if (this.#known.size > knownSecretsMax)
      for (const oldest of this.#known) return void this.#known.delete(oldest);
  }

  #hide(secret: string): string {
    this.#learn(secret);
    return marked(this.print(secret));
  }

  /** What stands under a secret name is secret as a whole, and each text in it. */
  #hideTree(given: unknown): string {
    if (typeof given === 'string') return this.#hide(given);
    const json = JSON.stringify(given, (_, inner: unknown) => {
      if (typeof inner === 'string') this.#learn(inner);
      return inner;
    });
    return this.#hide(json);
  }

  text(given: string): string {
    if (harmless.test(given) && this.#known.size === 0) return given;
    let out = harmless.test(given) ? given : this.#named(given);
    for (const secret of this.#known)
      if (out.includes(secret)) out = out.replaceAll(secret, marked(this.print(secret)));
    return out.replace(opaque, (secret) => marked(this.print(secret)));
  }

  #named(given: string): string {
    let out = given.replace(userinfo, '//[secret]@');
    out = out.replace(schemes, (_, scheme: string, secret: string) => `${scheme} ${this.#hide(secret)}`);
    out = out.replace(assigned, (whole, name: string, sign: string, secret: string) =>
      isSecretName(name) || name === 'code' || name === 'state'
        ? `${name}${sign}${this.#hide(decoded(secret))}`
        : whole,
    );
    return out;
  }

  value(name: string, given: unknown, oauth: boolean): unknown {
    return this.#value(name, given, oauth, 0);
  }

  #value(name: string, given: unknown, oauth: boolean, depth: number): unknown {
    if (given === null || given === undefined || typeof given === 'boolean') return given ?? null;
    if (name !== '' && !plainInOAuth.has(name) && (oauth || isSecretName(name))) return this.#hideTree(given);
    if (typeof given === 'number') return this.#known.has(String(given)) ? this.#hide(String(given)) : given;
    if (typeof given === 'string') return this.text(given);
    if (depth === depthMax) return '[too deep]';
    if (Array.isArray(given)) return given.map((each) => this.#value('', each, oauth, depth + 1));
    return Object.fromEntries(
      Object.entries(given as object).map(([inner, each]) => [
        this.text(inner),
        this.#value(inner, each, oauth, depth + 1),
      ]),
    );
  }

  header(name: string, given: string): string {
    if (name === 'authorization') {
      const { scheme, secret, id } = credentialsIn(given);
      return scheme === ''
        ? this.#hide(secret)
        : `${scheme} ${id === '' ? '' : `${this.text(id)}:`}${this.#hide(secret)}`;
    }
    if (plainHeaders.has(name)) return this.text(given);
    // What is hidden as a whole may come again in parts.
    this.text(given);
    if (name === 'cookie' || name === 'set-cookie')
      for (const [, cookie = ''] of given.matchAll(/=([^;]+)/g)) {
        this.#learn(cookie.trim());
        this.#learn(decoded(cookie.trim().replace(/^"(.*)"$/, '$1')));
      }
    return this.#hide(given);
  }
}

export const createRedactor = (): Redactor => new SecretRedactor();

/** What `Authorization` says; `id` of Basic credentials only. */
export function credentialsIn(header: string): { scheme: string; id: string; secret: string } {
  const [, scheme = '', rest = ''] = /^(Basic|Bearer) +(.*)$/i.exec(header.trim()) ?? [];
  if (scheme === '') return { scheme, id: '', secret: header };
  if (scheme.toLowerCase() === 'bearer') return { scheme, id: '', secret: rest };
  const pair = Buffer.from(rest, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  // What is no pair is kept from sight whole.
  if (colon < 0) return { scheme, id: '', secret: rest };
  return { scheme, id: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
