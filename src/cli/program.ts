import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { moduleFilesIn } from '../catalogue/modules.ts';
import { failureOf } from './failure.ts';
import type { Terminal, TerminalOutput } from './terminal.ts';

/** What a file of `commands/` exports; the name of the file is the name of the command. */
export interface CommandModule {
  /** One line, for `accord --help`. */
  readonly summary: string;
  /** Declares arguments, flags, subcommands and actions. The actions use the terminal and nothing else of the process. */
  define(command: Command, terminal: Terminal): void;
}

export const commandFolder = new URL('commands/', import.meta.url);

/** The command that a line names: that of `help NAME` is NAME. */
export function commandIn(words: readonly string[], names: readonly string[]): string | undefined {
  const [first, second] = withoutFlags(words);
  const wanted = first === 'help' ? second : first;
  return names.find((name) => name === wanted);
}

/** Runs one command line to its end. Returns the exit code: 0, 1 for a failure, 2 for wrong usage, or that of the command. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  folder: URL = commandFolder,
): Promise<number> {
  const files = await moduleFilesIn(folder);
  const wanted = commandIn(
    words,
    files.map(({ name }) => name),
  );
  const program = programFor(terminal);
  try {
    for (const { name, url } of files) {
      const command = program.command(name);
      // Only the module of the command that is named is loaded; for the list of commands, all of them.
      if (name !== wanted && !(wanted === undefined && wantsHelp(words))) continue;
      const { summary, define } = (await import(url)) as CommandModule;
      command.description(summary);
      if (name === wanted) define(command, terminal);
    }
    await program.parseAsync(words, { from: 'user' });
    return terminal.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return endUsage(error, program, words, terminal);
    const { line, code } = failureOf(error);
    terminal.remark(`accord: ${line}`);
    if (terminal.environment.ACCORD_DEBUG === '1') terminal.remark(inspect(error));
    return code;
  }
}

const programFor = (terminal: Terminal): Command =>
  new Command('accord')
    .description('A self-hosted server that speaks the Accelo public API.')
    .version(version(), '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => widthOf(terminal.stdout),
      getErrHelpWidth: () => widthOf(terminal.stderr),
    });

const withoutFlags = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !word.startsWith('-'));

const wantsHelp = (words: readonly string[]): boolean =>
  words.length === 0 || words[0] === 'help' || words.includes('--help') || words.includes('-h');

const widthOf = ({ isTTY, columns }: TerminalOutput): number => (isTTY && columns ? columns : 80);

function endUsage(
  { code, exitCode, message }: CommanderError,
  program: Command,
  words: readonly string[],
  terminal: Terminal,
): number {
  if (exitCode === 0) return 0;
  // The help itself was printed already.
  if (code === 'commander.help') return 2;
  const problem = message.replace('error: ', '').replaceAll('\n', ' ');
  const path = ['accord', ...pathOf(program, withoutFlags(words))].join(' ');
  terminal.remark(`accord: ${problem}; see ${path} --help`);
  return 2;
}

/** The words that name a command, as far as they do: `sandbox`, `clock`, `set`. */
function pathOf(command: Command, [word, ...rest]: readonly string[]): readonly string[] {
  const found = command.commands.find((each) => each.name() === word);
  return found && word !== undefined ? [word, ...pathOf(found, rest)] : [];
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
