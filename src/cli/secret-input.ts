import { createInterface } from 'node:readline/promises';
import { BadUsage } from '../contract/failure.ts';
import type { Terminal } from './terminal.ts';

/** A secret from a flag's value, from the first line of stdin, or asked for at a terminal, where it is not echoed. */
export async function readSecret(
  terminal: Terminal,
  what: string,
  flag: string,
  { given, fromStdin }: { readonly given: string | undefined; readonly fromStdin: boolean | undefined },
): Promise<string> {
  if (given !== undefined && fromStdin)
    throw new BadUsage(`--${flag} and --${flag}-stdin were both given: use one of them`);
  if (given !== undefined) return notEmpty(given, flag);
  if (fromStdin) return notEmpty(await firstLine(terminal), flag);
  if (!terminal.stdin.isTTY)
    throw new BadUsage(`--${flag} is missing: give it, or --${flag}-stdin and the ${what} on standard input`);
  return notEmpty(await promptHidden(terminal, what), flag);
}

function notEmpty(secret: string, flag: string): string {
  if (secret === '') throw new BadUsage(`--${flag} is empty`);
  return secret;
}

async function firstLine({ stdin }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin, terminal: false });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

/** In raw mode nothing is echoed; what is typed is collected here. */
function promptHidden({ stdin, stderr }: Terminal, what: string): Promise<string> {
  stderr.write(`${what}: `);
  stdin.setRawMode?.(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (settle: () => void): void => {
      stdin.off('data', listen);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const listen = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n' || character === '\u0004')
          return finish(() => resolve(typed));
        if (character === '\u0003') return finish(() => reject(new BadUsage(`no ${what} was given`)));
        if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else typed += character;
      }
    };
    stdin.on('data', listen);
  });
}
