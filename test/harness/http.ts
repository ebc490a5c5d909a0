import { Agent, request } from 'node:http';

/** A request as it goes over a socket: nothing is added that is not here, but for `Host` and the length of the body. */
export interface Sending {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Reply {
  readonly http: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names as they were written. */
  readonly names: readonly string[];
  readonly text: string;
  readonly bytes: Buffer;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export function send(
  port: number,
  host: string,
  { method = 'GET', path, headers = {}, body }: Sending,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const asked = request(
      { port, host: '127.0.0.1', agent, method, path, headers: { Host: host, ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const flat = Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          );
          resolve({
            http: response.statusCode ?? 0,
            headers: flat,
            names: response.rawHeaders.filter((_, i) => i % 2 === 0),
            text: Buffer.concat(chunks).toString('utf8'),
            bytes: Buffer.concat(chunks),
          });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

export const closeConnections = (): void => agent.destroy();
