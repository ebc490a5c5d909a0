import { connect, type Socket } from 'node:net';

/** What is sent again and again; `make` is called for every request, so that creates differ. */
export interface Load {
  readonly name: string;
  readonly expect: number;
  make(): string;
}

export interface Measured {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Keeps `connections` requests under way for `seconds`, over plain sockets: the generator must cost less than what it measures. */
export async function measure(
  port: number,
  load: Load,
  seconds: number,
  connections = 32,
): Promise<Measured> {
  const times: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  let wrong: string | undefined;
  await Promise.all(
    Array.from({ length: connections }, () =>
      talk(port, load, end, times, (answer) => {
        wrong ??= answer;
      }),
    ),
  );
  if (wrong !== undefined) throw new Error(`${load.name}: unexpected answer:\n${wrong}`);
  const elapsed = (performance.now() - began) / 1_000;
  times.sort((a, b) => a - b);
  const at = (part: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return { rate: times.length / elapsed, p50: at(0.5), p99: at(0.99) };
}

function talk(
  port: number,
  load: Load,
  end: number,
  times: number[],
  unexpected: (answer: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let began = 0;
    let received = '';
    const next = () => {
      if (performance.now() >= end) {
        socket.end();
        resolve();
        return;
      }
      began = performance.now();
      socket.write(load.make());
    };
    socket.on('connect', next);
    socket.on('error', reject);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const field = received.toLowerCase().indexOf('content-length: ');
      const length = Number.parseInt(received.slice(field + 16, field + 26), 10);
      if (received.length < head + 4 + length) return;
      times.push(performance.now() - began);
      if (Number(received.slice(9, 12)) !== load.expect) unexpected(received.slice(0, 600));
      received = '';
      next();
    });
  });
}
