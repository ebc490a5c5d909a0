import { createInterface } from 'node:readline/promises';
import { BadUsage } from '../contract/failure.ts';

/** A secret from a flag's value, from the first line of stdin, or asked for at a terminal, where it is not echoed. */
export async function readSecret(
  what: string,
  flag: string,
  { given, fromStdin }: { readonly given: string | undefined; readonly fromStdin: boolean | undefined },
): Promise<string> {
  if (given !== undefined && fromStdin)
    throw new BadUsage(`--${flag} and --${flag}-stdin were both given: use one of them`);
  if (given !== undefined) return some(given, flag);
  if (fromStdin) return some(await firstLine(), flag);
  if (!process.stdin.isTTY)
    throw new BadUsage(`--${flag} is missing: give it, or --${flag}-stdin and the ${what} on standard input`);
  return some(await ask(what), flag);
}

function some(secret: string, flag: string): string {
  if (secret === '') throw new BadUsage(`--${flag} is empty`);
  return secret;
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

/** In raw mode nothing is echoed; what is typed is collected here. */
function ask(what: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(`${what}: `);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void): void => {
      stdin.off('data', listen);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const listen = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n' || character === '\u0004')
          return end(() => resolve(typed));
        if (character === '\u0003') return end(() => reject(new BadUsage(`no ${what} was given`)));
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else typed += character;
      }
    };
    stdin.on('data', listen);
  });
}
