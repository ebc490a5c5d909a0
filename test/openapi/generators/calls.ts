/**
 * Ten calls by each generator's client, as a person would write them: no cast, and a success without narrowing. They are text because what they
 * import is generated where they run. `origin` is a sandbox, `token` one that may do everything; what they print is compared.
 */
const head = `declare const process: { readonly env: Record<string, string | undefined> };
const origin = process.env.ACCORD_ORIGIN ?? '';
const token = process.env.ACCORD_TOKEN ?? '';
const headers = { Authorization: \`Bearer \${token}\` };
const said: string[] = [];
/** Takes what is required and never null, and says so. */
const say = (name: string, status: 'ok', what: string): void => { said.push(\`\${name} \${status} \${what}\`); };
`;
const foot = `
console.log(said.map((line) => line.replace(/ \\d+$/, '')).join('\\n'));
`;

const openapiTypescript = `import createClient from 'openapi-fetch';
import type { paths } from './openapi-typescript/index.js';
${head}
const client = createClient<paths>({ baseUrl: \`\${origin}/api/v0\`, headers });
const must = <T>({ data }: { data?: T }): T => { if (data === undefined) throw new Error('refused'); return data; };
const listed = must(await client.GET('/companies', { params: { query: { _limit: 2, _fields: 'website' } } }));
const first = listed.response[0]?.id ?? '';
say('listCompanies', listed.meta.status, first);
const made = must(await client.POST('/companies', { body: { name: 'One of ten' } }));
const path = { company_id: made.response.id };
say('createCompany', made.meta.status, made.response.id);
const read = must(await client.GET('/companies/{company_id}', { params: { path, query: { _fields: 'status()' } } }));
say('getCompany', read.meta.status, read.response.id);
const changed = must(await client.PUT('/companies/{company_id}', { params: { path }, body: { comments: 'changed' } }));
say('updateCompany', changed.meta.status, changed.response.id);
const counted = must(await client.GET('/companies/count'));
say('countCompanies', counted.meta.status, counted.response.count);
const contacts = must(await client.GET('/companies/{company_id}/contacts', { params: { path: { company_id: first } } }));
say('listContactsOfCompany', contacts.meta.status, String(contacts.response.length));
const status = must(await client.GET('/companies/{company_id}/status', { params: { path } }));
say('getStatusOfCompany', status.meta.status, status.response.id);
const moves = must(await client.GET('/companies/{company_id}/progressions', { params: { path } }));
say('listProgressionsOfCompany', moves.meta.status, String(moves.response.length));
const me = must(await client.GET('/staff/whoami'));
say('getStaffWhoami', me.meta.status, me.response.id);
const gone = must(await client.DELETE('/companies/{company_id}', { params: { path } }));
say('deleteCompany', gone.meta.status, String(gone.meta.message !== ''));
${foot}`;

const heyApi = `import { client } from './hey-api/client.gen.js';
import * as api from './hey-api/index.js';
${head}
client.setConfig({ baseUrl: \`\${origin}/api/v0\`, headers, throwOnError: true });
const sure = { throwOnError: true } as const;
const listed = (await api.listCompanies({ ...sure, query: { _limit: 2, _fields: 'website' } })).data;
const first = listed.response[0]?.id ?? '';
say('listCompanies', listed.meta.status, first);
const made = (await api.createCompany({ ...sure, body: { name: 'One of ten' } })).data;
const path = { company_id: made.response.id };
say('createCompany', made.meta.status, made.response.id);
const read = (await api.getCompany({ ...sure, path, query: { _fields: 'status()' } })).data;
say('getCompany', read.meta.status, read.response.id);
const changed = (await api.updateCompany({ ...sure, path, body: { comments: 'changed' } })).data;
say('updateCompany', changed.meta.status, changed.response.id);
const counted = (await api.countCompanies(sure)).data;
say('countCompanies', counted.meta.status, counted.response.count);
const contacts = (await api.listContactsOfCompany({ ...sure, path: { company_id: first } })).data;
say('listContactsOfCompany', contacts.meta.status, String(contacts.response.length));
const status = (await api.getStatusOfCompany({ ...sure, path })).data;
say('getStatusOfCompany', status.meta.status, status.response.id);
const moves = (await api.listProgressionsOfCompany({ ...sure, path })).data;
say('listProgressionsOfCompany', moves.meta.status, String(moves.response.length));
const me = (await api.getStaffWhoami(sure)).data;
say('getStaffWhoami', me.meta.status, me.response.id);
const gone = (await api.deleteCompany({ ...sure, path })).data;
say('deleteCompany', gone.meta.status, String(gone.meta.message !== ''));
${foot}`;

const oazapfts = `import * as api from './oazapfts/index.js';
${head}
api.defaults.baseUrl = \`\${origin}/api/v0\`;
api.defaults.headers = headers;
const listed = await api.listCompanies({ limit: 2, fields: 'website' });
const first = listed.response[0]?.id ?? '';
say('listCompanies', listed.meta.status, first);
const made = await api.createCompany({ name: 'One of ten' });
const companyId = made.response.id;
say('createCompany', made.meta.status, companyId);
const read = await api.getCompany(companyId, { fields: 'status()' });
say('getCompany', read.meta.status, read.response.id);
const changed = await api.updateCompany(companyId, { comments: 'changed' });
say('updateCompany', changed.meta.status, changed.response.id);
const counted = await api.countCompanies();
say('countCompanies', counted.meta.status, counted.response.count);
const contacts = await api.listContactsOfCompany(first);
say('listContactsOfCompany', contacts.meta.status, String(contacts.response.length));
const status = await api.getStatusOfCompany(companyId);
say('getStatusOfCompany', status.meta.status, status.response.id);
const moves = await api.listProgressionsOfCompany(companyId);
say('listProgressionsOfCompany', moves.meta.status, String(moves.response.length));
const me = await api.getStaffWhoami();
say('getStaffWhoami', me.meta.status, me.response.id);
const gone = await api.deleteCompany(companyId);
say('deleteCompany', gone.meta.status, String(gone.meta.message !== ''));
${foot}`;

const orval = `import * as api from './orval/index.js';
${head}
const plain = globalThis.fetch;
globalThis.fetch = (url, init) => plain(\`\${origin}/api/v0\${url}\`, { ...init, headers: { ...headers, ...Object.fromEntries(new Headers(init?.headers)) } });
type Success<T> = Extract<T, { status: 200 }>;
const must = <T extends { status: number }>(answer: T): Success<T> => { if (answer.status !== 200) throw new Error('refused'); return answer as Success<T>; };
const listed = must(await api.listCompanies({ _limit: 2, _fields: 'website' })).data;
const first = listed.response[0]?.id ?? '';
say('listCompanies', listed.meta.status, first);
const made = must(await api.createCompany({ name: 'One of ten' })).data;
const id = made.response.id;
say('createCompany', made.meta.status, id);
const read = must(await api.getCompany(id, { _fields: 'status()' })).data;
say('getCompany', read.meta.status, read.response.id);
const changed = must(await api.updateCompany(id, { comments: 'changed' })).data;
say('updateCompany', changed.meta.status, changed.response.id);
const counted = must(await api.countCompanies()).data;
say('countCompanies', counted.meta.status, counted.response.count);
const contacts = must(await api.listContactsOfCompany(first)).data;
say('listContactsOfCompany', contacts.meta.status, String(contacts.response.length));
const status = must(await api.getStatusOfCompany(id)).data;
say('getStatusOfCompany', status.meta.status, status.response.id);
const moves = must(await api.listProgressionsOfCompany(id)).data;
say('listProgressionsOfCompany', moves.meta.status, String(moves.response.length));
const me = must(await api.getStaffWhoami()).data;
say('getStaffWhoami', me.meta.status, me.response.id);
const gone = must(await api.deleteCompany(id)).data;
say('deleteCompany', gone.meta.status, String(gone.meta.message !== ''));
${foot}`;

export interface GeneratorRun {
  /** The command that generates, with `DOCUMENT` and `FOLDER` for what it reads and where it writes. */
  readonly command: readonly string[];
  readonly calls: string;
}

export const generators: Readonly<Record<string, GeneratorRun>> = {
  'openapi-typescript': {
    command: ['openapi-typescript', 'DOCUMENT', '-o', 'FOLDER/index.ts'],
    calls: openapiTypescript,
  },
  'hey-api': { command: ['openapi-ts', '-i', 'DOCUMENT', '-o', 'FOLDER', '--silent'], calls: heyApi },
  oazapfts: { command: ['oazapfts', 'DOCUMENT', 'FOLDER/index.ts', '--optimistic'], calls: oazapfts },
  orval: {
    command: ['orval', '--input', 'DOCUMENT', '--output', 'FOLDER/index.ts', '--client', 'fetch'],
    calls: orval,
  },
};
