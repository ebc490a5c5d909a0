import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { readConfig } from '../../src/server/config.ts';
import { startServer } from '../../src/server/server.ts';
import { hasPostgres, postgres, sqlite } from '../harness/engines.ts';
import { closeConnections, send } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';

/** A door between the server and its database, which can be shut. */
interface Door {
  readonly port: number;
  open(): Promise<void>;
  shut(): Promise<void>;
}

async function doorTo(host: string, port: number, at = 0): Promise<Door> {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const open = async (own: number): Promise<number> => {
    server = createServer((socket) => {
      const through = connect(port, host);
      for (const each of [socket, through]) {
        sockets.add(each);
        each.on('error', () => {});
        each.once('close', () => sockets.delete(each));
      }
      socket.pipe(through).pipe(socket);
    });
    server.listen(own, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const own = await open(at);
  return {
    port: own,
    open: async () => {
      await open(own);
    },
    shut: async () => {
      for (const socket of sockets) socket.destroy();
      if (server) {
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (await holds()) return;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  assert.fail(what);
}

const needed = hasPostgres || process.env.CI ? {} : { skip: 'no Postgres' };

describe('the database goes away', needed, () => {
  after(closeConnections);

  test('at the start and in between: 500 until it is back, and the incident reaches the operators', async () => {
    const database = await postgres.create();
    const received: { cause: string; requestId: string }[] = [];
    const operators = createHttp((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push(JSON.parse(body));
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(operators, 'listening');
    const url = new URL(database.databaseUrl ?? '');
    const door = await doorTo(url.hostname, Number(url.port || 5432));
    await door.shut();
    url.hostname = '127.0.0.1';
    url.port = String(door.port);
    const webhook = `http://127.0.0.1:${(operators.address() as AddressInfo).port}/`;
    const flags = {
      port: '0',
      data: database.data,
      'database-url': url.href,
      'log-level': 'silent',
      'incident-webhook': webhook,
    };
    const server = await startServer(readConfig(flags, {}));
    const ask = () => send(server.port, 'nobody.api.localhost', { path: '/api/v0/companies' });
    const statusOf = async () => (await ask()).headers['x-status'];
    try {
      const away = await ask();
      assert.equal(away.http, 500);
      assert.equal(away.headers['x-status'], 'server_error');
      assert.ok(!away.text.includes('ECONNREFUSED'), 'the caller is not told what is wrong inside');
      const unready = await send(server.port, 'x', { path: '/readyz' });
      assert.equal(unready.http, 503);
      assert.equal(unready.headers['x-status'], 'server_error');
      assert.equal((await send(server.port, 'x', { path: '/healthz' })).http, 200);
      await door.open();
      await eventually('the store is settled once the door opens', async () => server.world.store.isReady());
      assert.equal((await send(server.port, 'x', { path: '/readyz' })).http, 200);
      const kept = () =>
        server.world.store.list(0, {
          table: 'incidents',
          columns: ['cause', 'count', 'request_id'],
          where: { cause: 'store.unreachable' },
          limit: 1,
        });
      await eventually(
        'the incident is kept when the store is back',
        async () => (await kept()).length === 1,
      );
      await eventually('the operators are told', async () =>
        received.some(
          ({ cause, requestId }) =>
            cause === 'store.unreachable' && requestId === away.headers['x-request-id'],
        ),
      );
      await door.shut();
      await ask();
      assert.equal(await statusOf(), 'server_error');
      await door.open();
      await eventually(
        'requests are served again',
        async () =>
          (await server.world.store
            .list(0, { table: 'deployments', columns: ['id'], limit: 1 })
            .catch(() => undefined)) !== undefined,
      );
    } finally {
      await server.close();
      await door.shut().catch(() => {});
      operators.close();
      await database.release();
    }
  });
});

test('close finishes what is in flight', async () => {
  const world = await startWorld(sqlite);
  const tenant = await world.tenant();
  const under = Array.from({ length: 20 }, (_, i) =>
    tenant.post('/api/v0/companies', { name: `company ${i}` }),
  );
  await Promise.race(under);
  const closing = world.server.close();
  const replies = await Promise.allSettled(under);
  await closing;
  const served = replies.filter((reply) => reply.status === 'fulfilled' && reply.value.http === 200).length;
  const broken = replies.filter((reply) => reply.status === 'fulfilled' && reply.value.http !== 200);
  assert.equal(broken.length, 0, 'nobody who was let in is turned away');
  assert.ok(served > 0);
  closeConnections();
  await world.database.release();
});
