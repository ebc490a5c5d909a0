/** What the built SDK has to do wherever it runs; nothing here is of one runtime. */
import { authorization, createClient, expectOk, isSigned, Refused } from 'accord-client';
import { companies } from 'accord-client/resources/companies';
import { resources } from 'accord-client/resources/resources';

export interface Where {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** In every name, so that one run does not meet another. */
  readonly mark: string;
}

function equal(found: unknown, wanted: unknown): void {
  const [one, other] = [found, wanted].map((each) => JSON.stringify(each));
  if (one !== other) throw new Error(`${one} is not ${other}`);
}

const switches = ['_suppress_message', '_suppress_http_status', '_suppress_meta'];

/** Throws what is wrong; else the names of what was checked. */
export async function runChecks({
  baseUrl,
  clientId,
  clientSecret,
  mark,
}: Where): Promise<readonly string[]> {
  let tokens = 0;
  const client = createClient({
    baseUrl,
    auth: { grant: 'client_credentials', clientId, clientSecret, scope: 'write(all)' },
    resources: { companies, resources },
    fetch: (input, init) => {
      if (String(input).includes('/oauth2/')) tokens++;
      return fetch(input, init);
    },
  });
  const checks: Readonly<Record<string, () => Promise<void>>> = {
    'many calls, one token': async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => client.companies.count()));
      equal(
        all.map(({ ok }) => ok),
        all.map(() => true),
      );
      equal(tokens, 1);
    },
    'create, read, change, list, delete': async () => {
      const names = [1, 2, 3].map((i) => `${mark} ${i} & Söhne`);
      for (const name of names) expectOk(await client.companies.create({ name, website: mark }));
      const found: string[] = [];
      for await (const { id, name, date_created } of client.companies.list({
        fields: ['date_created'],
        filters: { website: mark },
        limit: 2,
      })) {
        found.push(name ?? '');
        if (!(date_created instanceof Date)) throw new Error('the date is none');
        const changed = expectOk(
          await client.companies.update(id, { website: null }, { fields: ['website'] }),
        );
        equal(changed.website, null);
        expectOk(await client.companies.delete(id));
        // What is gone makes the next page another one: the rest is met by the next pass.
        break;
      }
      equal(found, names.slice(0, 1));
      equal(expectOk(await client.companies.count({ filters: { website: mark } })), 2);
    },
    'one verdict under every suppression': async () => {
      const verdicts = new Set<string>();
      for (let bits = 0; bits < 8; bits++)
        for (const value of ['1', 'yes']) {
          const on = switches.filter((_, i) => bits & (1 << i)).map((name) => [name, value]);
          const result = await client.call({
            path: 'companies',
            query: { _limit: 'x', ...Object.fromEntries(on) },
          });
          if (result.ok) throw new Error('it was not refused');
          const { requestId, quota, ...verdict } = result.verdict;
          if (requestId === undefined || quota === undefined) throw new Error('headers are missing');
          verdicts.add(JSON.stringify(verdict));
        }
      equal(verdicts.size, 1);
      equal([...verdicts][0]?.includes('"status":"invalid_request"'), true);
    },
    'a refusal is thrown where there is no place for a result': async () => {
      try {
        for await (const _ of client.pages({ path: 'monkeys' }));
      } catch (error) {
        equal(error instanceof Refused && error.verdict.status, 'invalid_request');
        return;
      }
      throw new Error('nothing was thrown');
    },
    'a file there and back': async () => {
      const { id } = expectOk(await client.companies.create({ name: `${mark} files` }));
      const [collection] = expectOk(await client.companies.collections(id));
      const resource = new Blob(['dark matter'], { type: 'text/plain' });
      const kept = expectOk(await client.companies.upload(id, collection?.id ?? 0, { resource }));
      equal(await expectOk(await client.resources.download(kept.id)).text(), 'dark matter');
    },
    'a token that has ended is followed by another': async () => {
      await client.revoke();
      const before = tokens;
      const all = await Promise.all([client.companies.count(), client.companies.count()]);
      equal([...all.map(({ ok }) => ok), tokens - before], [true, true, 1]);
    },
    'a signal ends a call, before it and while it is under way': async () => {
      for (const wait of [0, 1]) {
        const stop = new AbortController();
        if (wait === 0) stop.abort(new Error('enough'));
        const call = client.call({ path: 'companies', query: { _limit: 100 }, signal: stop.signal });
        if (wait === 1) stop.abort(new Error('enough'));
        const why = await call.then(
          () => 'it was answered',
          (error: unknown) => (error instanceof Error ? error.message : error),
        );
        equal(why, 'enough');
      }
    },
    'a challenge and a signature': async () => {
      const { url, verifier } = await authorization({ baseUrl, clientId });
      equal(new URL(url).searchParams.get('code_challenge')?.length, 43);
      equal(verifier.length, 43);
      const headers = new Headers({
        'X-Hub-Signature-256': 'sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8',
      });
      equal(await isSigned({ body: 'The quick brown fox jumps over the lazy dog', headers }, 'key'), true);
      equal(await isSigned({ body: 'The quick brown fox', headers }, 'key'), false);
    },
  };
  for (const [name, check] of Object.entries(checks))
    await check().catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : error}`);
    });
  return Object.keys(checks);
}
