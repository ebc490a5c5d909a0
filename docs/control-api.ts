import { readConfig } from '../src/config.ts';
import { startServer } from '../src/server.ts';

/** Every request of the control API, as a sandbox says it itself. `generated`: what the page begins with. */
export async function controlPage(generated: string): Promise<string> {
  const flags = { sandbox: true, port: '0', data: ':memory:', 'log-level': 'silent' };
  const server = await startServer(readConfig(flags, {}));
  try {
    const rows = (server.sandbox?.routes ?? []).map(
      ({ method, path, says }) => `| ${method} \`${path}\` | ${says.replaceAll('|', '\\|')} |`,
    );
    return `${[
      generated,
      '# The control API of a sandbox',
      'How it is asked, and what its words mean: [sandbox.md](sandbox.md). Parameters are sent as JSON or a form, or in the query.',
      ['| request, below `/sandbox/v0/` | what it does |', '|--|--|', ...rows].join('\n'),
    ].join('\n\n')}\n`;
  } finally {
    await server.close();
  }
}
