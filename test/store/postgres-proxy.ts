import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Database, postgres, type TestEngine } from '../harness/engines.ts';

/** How a connection ends: with a reset, or by saying nothing any more, on this and on every other connection. */
export type Cut = 'reset' | 'silent';

/** A proxy between a server and PostgreSQL that counts the messages of their protocol, and cuts at one of them. */
export interface PostgresProxy {
  readonly port: number;
  /** Messages both ways since `count` or `arm` was called last. */
  readonly counted: number;
  readonly struck: boolean;
  count(): void;
  /** The nth message from here on does not arrive, nor does what follows it. */
  arm(kind: Cut, nth: number): void;
  /** Says nothing from here on. */
  silence(): void;
  /** Forwards again; what was silent is closed. */
  heal(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly server: Socket;
  readonly database: Socket;
}

export async function postgresProxy(host: string, port: number): Promise<PostgresProxy> {
  const pairs = new Set<Pair>();
  let silent = false;
  let armed: { readonly kind: Cut; readonly nth: number } | undefined;
  let counted = 0;
  let struck = false;

  function strike(pair: Pair): void {
    struck = true;
    if (armed?.kind === 'silent') silent = true;
    else {
      pair.server.resetAndDestroy();
      pair.database.resetAndDestroy();
    }
    armed = undefined;
  }

  function forward(pair: Pair, to: Socket, message: Buffer): void {
    counted++;
    if (armed && counted === armed.nth) strike(pair);
    if (!silent && !to.destroyed) to.write(message);
  }

  const listening = createServer((server) => {
    const pair: Pair = { server, database: connect(port, host) };
    pairs.add(pair);
    const { database } = pair;
    server.on(
      'data',
      messages(true, (message) => forward(pair, database, message)),
    );
    database.on(
      'data',
      messages(false, (message) => forward(pair, server, message)),
    );
    for (const [one, other] of [
      [server, database],
      [database, server],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => {});
      one.once('close', () => {
        // A network that is silent does not tell of an end either.
        if (silent) return;
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');

  const heal = (): void => {
    armed = undefined;
    if (!silent) return;
    silent = false;
    for (const { server, database } of pairs) {
      server.destroy();
      database.destroy();
    }
    pairs.clear();
  };
  const begin = (): void => {
    counted = 0;
    struck = false;
  };
  return {
    port: (listening.address() as AddressInfo).port,
    get counted() {
      return counted;
    },
    get struck() {
      return struck;
    },
    count: begin,
    arm: (kind, nth) => {
      begin();
      armed = { kind, nth };
    },
    silence: () => {
      silent = true;
    },
    heal,
    close: async () => {
      silent = true;
      heal();
      listening.close();
      await once(listening, 'close');
    },
  };
}

/** Cuts a stream into messages: a type of one byte (but for the very first of a client) and a length that counts itself. */
function messages(fromClient: boolean, give: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let typed = !fromClient;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const at = typed ? 1 : 0;
      if (rest.length < at + 4) return;
      const length = at + rest.readUInt32BE(at);
      if (rest.length < length) return;
      give(rest.subarray(0, length));
      rest = rest.subarray(length);
      typed = true;
    }
  };
}

/** PostgreSQL behind a proxy; `directUrl` leads around it. */
export async function proxied(): Promise<{
  readonly engine: TestEngine;
  readonly proxy: PostgresProxy;
  readonly direct: Database;
  release(): Promise<void>;
}> {
  const direct = await postgres.create();
  const url = new URL(direct.databaseUrl ?? '');
  const proxy = await postgresProxy(url.hostname, Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const through: Database = { ...direct, databaseUrl: url.href, release: async () => {} };
  return {
    engine: { name: 'postgres', create: async () => through },
    proxy,
    direct,
    release: async () => {
      await proxy.close();
      await direct.release();
    },
  };
}
