import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createIncidents } from '../../src/incidents/incidents.ts';
import { smtpSink } from '../../src/incidents/sinks/smtp.ts';

test('an incident is mailed, once for its kind, and again after a failure of the mail server', async () => {
  const mails: string[] = [];
  let connections = 0;
  // Enough of SMTP for one message; the first connection is turned away.
  const server = createServer((socket) => {
    if (++connections === 1) {
      socket.end('421 not now\r\n');
      return;
    }
    let data: string | undefined;
    let line = '';
    socket.on('error', () => {});
    socket.write('220 test\r\n');
    socket.on('data', (chunk) => {
      line += String(chunk);
      for (let end = line.indexOf('\r\n'); end >= 0; end = line.indexOf('\r\n')) {
        const said = line.slice(0, end);
        line = line.slice(end + 2);
        if (data !== undefined) {
          if (said === '.') {
            mails.push(data);
            data = undefined;
            socket.write('250 kept\r\n');
          } else data += `${said}\n`;
        } else if (said === 'DATA') {
          data = '';
          socket.write('354 go on\r\n');
        } else if (said === 'QUIT') socket.end('221 bye\r\n');
        else socket.write('250 ok\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kept: number[] = [];
  const incidents = createIncidents({
    keep: async ({ count }) => {
      kept.push(count);
    },
    sinks: [smtpSink(`smtp://127.0.0.1:${port}`, 'operators@example.com')],
    log: { note: () => {} },
    clock: () => 1_800_000_000,
    backOff: 10,
  });
  const raised = {
    cause: 'routine.threw',
    requestId: 'request-77',
    deploymentId: 1,
    method: 'GET',
    path: '/api/v0/companies',
  };
  const error = new TypeError('a defect');
  for (let i = 0; i < 5; i++) incidents.raise({ ...raised, error });
  for (let tries = 0; tries < 100 && mails.length === 0; tries++)
    await new Promise((resume) => setTimeout(resume, 20));
  await incidents.drain(1_000);
  server.close();
  assert.equal(mails.length, 1, 'one notice for five of a kind');
  assert.match(mails[0] ?? '', /To: operators@example\.com/);
  assert.match(mails[0] ?? '', /Subject: \[accord\] routine\.threw: TypeError/);
  assert.match(mails[0] ?? '', /request-77/);
  assert.equal(
    kept.reduce((sum, count) => sum + count, 0),
    5,
    'all five are counted',
  );
});
