import assert from 'node:assert/strict';
import { form } from '../harness/forms.ts';
import { type Reply, type Sending, send } from '../harness/http.ts';
import { password, type Tenant } from '../harness/world.ts';

/** A browser as far as it matters here: it keeps the cookies of a host, and sends them back. */
export class Browser {
  readonly #tenant: Tenant;
  readonly #cookies = new Map<string, string>();
  readonly #agent: string;

  constructor(
    tenant: Tenant,
    agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  ) {
    this.#tenant = tenant;
    this.#agent = agent;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  set cookie(written: string) {
    const equals = written.indexOf('=');
    this.#cookies.set(written.slice(0, equals), written.slice(equals + 1));
  }

  async send(sending: Sending): Promise<Reply> {
    const headers = { 'User-Agent': this.#agent, ...sending.headers };
    const cookie = this.cookie === '' ? {} : { Cookie: this.cookie };
    const { port } = this.#tenant.world.server;
    const reply = await send(port, this.#tenant.host, { ...sending, headers: { ...cookie, ...headers } });
    const set = reply.headers['set-cookie'];
    if (set !== undefined) {
      if (/; Max-Age=0$/.test(set)) this.#cookies.delete(set.slice(0, set.indexOf('=')));
      else this.cookie = set.split(';')[0] ?? '';
    }
    return reply;
  }

  get(path: string): Promise<Reply> {
    return this.send({ path });
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    return this.send({ method: 'POST', path, ...form(fields) });
  }

  /** Fills in a form that was shown. */
  submit(shown: Reply, path: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    return this.post(path, { ...hiddenIn(shown), ...fields });
  }

  /** The account's page, after a sign-in. */
  async signIn(username = 'hermes', secret = password): Promise<Reply> {
    const page = await this.get('/account');
    const reply = await this.submit(page, '/account/sign-in', { username, password: secret });
    assert.equal(reply.http, 303, reply.text);
    assert.equal(reply.headers.location, '/account');
    return this.get('/account');
  }
}

/** What is hidden in the first form of a page that posts to no sign-out. */
export function hiddenIn({ text }: Reply): Record<string, string> {
  const forms = text.split('<form ').slice(1);
  const own = forms.find((each) => !each.includes('action="/account/sign-out"')) ?? forms[0] ?? '';
  const fields =
    own.split('</form>')[0]?.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g) ?? [];
  return Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
}

export const csrfIn = ({ text }: Reply): string => /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? '';

export const causeOf = (tenant: Tenant, reply: Reply): string | undefined =>
  tenant.world.trailOf(reply.headers['x-request-id'] ?? '').refusal?.because;

/** The ids of the sign-ins that can be ended from a page. */
export const sessionsIn = ({ text }: Reply): readonly string[] =>
  [...text.matchAll(/name="session" value="([^"]*)"/g)]
    .map(([, id]) => id ?? '')
    .filter((id) => id !== 'others');
