import { moduleFilesIn } from '../catalogue/modules.ts';
import { commandFolder, commandIn, runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';

const words = process.argv.slice(2);

// A reader that has enough (`accord dump | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// The list of processes is open to everyone, and flags may hold secrets.
const names = (await moduleFilesIn(commandFolder)).map(({ name }) => name);
process.title = ['accord', commandIn(words, names) ?? ''].join(' ').trimEnd();

// No exit: a connection that closes ends by itself, and what was printed gets out.
process.exitCode = await runCommandLine(words, processTerminal());
