import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { foldCase } from '../src/store/fold.ts';

type Row = readonly unknown[];

/** The hand-written SQL of the yardstick. */
export interface Backend {
  token(digest: string): Promise<Row | undefined>;
  application(client: string): Promise<{ id: number; secret: string; staffId: number } | undefined>;
  list(): Promise<readonly Row[]>;
  get(id: number): Promise<Row | undefined>;
  create(name: string, website: string, now: number): Promise<number>;
  issue(digest: string, application: number, staff: number, now: number): Promise<void>;
}

const columns = 'id, name, website, phone, standing, date_created, date_modified, comments';
const texts = {
  token: `select t.scope, t.date_expires, t.date_revoked, a.client_id, a.type, s.id, s.standing, s.access from tokens t
    join applications a on a.deployment_id = t.deployment_id and a.id = t.application_id
    join staff s on s.deployment_id = t.deployment_id and s.id = t.staff_id where t.deployment_id = 1 and t.digest = ?`,
  application: 'select id, secret, staff_id from applications where deployment_id = 1 and client_id = ?',
  list: `select ${columns} from companies where deployment_id = 1 and standing = 'active' order by date_modified desc, id desc limit 10`,
  get: `select ${columns} from companies where deployment_id = 1 and id = ?`,
  create:
    'insert into companies (deployment_id, id, name, website, standing, date_created, date_modified) values (1, ?, ?, ?, ?, ?, ?)',
  issue: `insert into tokens (deployment_id, digest, family, application_id, staff_id, scope, date_created, date_expires)
    values (1, ?, ?, ?, ?, 'write(all)', ?, ?)`,
};

export async function bareBackend(engine: string, where: string, group: boolean): Promise<Backend> {
  return engine === 'postgres' ? postgresBackend(where) : sqliteBackend(where, group);
}

function sqliteBackend(file: string, group: boolean): Backend {
  const database = new DatabaseSync(file);
  // What keeps the words of a table asks for it.
  database.function('fold_case', { deterministic: true }, (text) =>
    typeof text === 'string' ? foldCase(text) : text,
  );
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -16000; pragma busy_timeout = 5000',
  );
  const prepared = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const statement = database.prepare(text);
      statement.setReturnArrays(true);
      return [name, statement];
    }),
  ) as unknown as Record<keyof typeof texts, ReturnType<DatabaseSync['prepare']>>;
  let last = 1_000_000_000 + process.pid * 1_000_000; // past all others', whoever else writes
  let waiting: (() => void)[] = [];
  const answers: (() => void)[] = [];

  const durable = <T>(work: () => T): Promise<T> => {
    if (!group) return Promise.resolve(work());
    return new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(commit);
      waiting.push(() => {
        const value = work();
        answers.push(() => resolve(value));
      });
    });
  };
  function commit(): void {
    const works = waiting;
    waiting = [];
    database.exec('begin immediate');
    for (const work of works) work();
    database.exec('commit');
    for (const answer of answers.splice(0)) answer();
  }
  const first = (rows: unknown): Row | undefined => (rows as Row[])[0];

  return {
    token: async (digest) => first(prepared.token.all(digest)),
    application: async (client) => {
      const row = first(prepared.application.all(client));
      return row && { id: row[0] as number, secret: row[1] as string, staffId: row[2] as number };
    },
    list: async () => prepared.list.all() as unknown as Row[],
    get: async (id) => first(prepared.get.all(id)),
    create: (name, website, now) =>
      durable(() => {
        const id = ++last;
        prepared.create.run(id, name, website, 'active', now, now);
        return id;
      }),
    issue: (digest, application, staff, now) =>
      durable(() => {
        prepared.issue.run(digest, digest, application, staff, now, now + 2_592_000);
      }),
  };
}

async function postgresBackend(url: string): Promise<Backend> {
  pg.types.setTypeParser(20, Number);
  const pool = new pg.Pool({ connectionString: url, max: 16 });
  // The index has absent values first, as SQLite does: Postgres uses it only for an order that says so.
  const numbered = (text: string): string => {
    let at = 0;
    return text
      .replace('date_modified desc', 'date_modified desc nulls last')
      .replaceAll('?', () => `$${++at}`);
  };
  const rows = async (name: keyof typeof texts, values: unknown[]): Promise<Row[]> =>
    (await pool.query({ name, text: numbered(texts[name]), values, rowMode: 'array' })).rows as Row[];
  let last = 1_000_000_000 + process.pid * 1_000_000;
  return {
    token: async (digest) => (await rows('token', [digest]))[0],
    application: async (client) => {
      const [row] = await rows('application', [client]);
      return row && { id: row[0] as number, secret: row[1] as string, staffId: row[2] as number };
    },
    list: () => rows('list', []),
    get: async (id) => (await rows('get', [id]))[0],
    create: async (name, website, now) => {
      const id = ++last;
      await rows('create', [id, name, website, 'active', now, now]);
      return id;
    },
    issue: async (digest, application, staff, now) => {
      await rows('issue', [digest, digest, application, staff, now, now + 2_592_000]);
    },
  };
}
