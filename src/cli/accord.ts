#!/usr/bin/env node
import { readConfig } from '../config.ts';
import { startServer } from '../server.ts';
const flags: Record<string, string> = {};
for (let i = 3; i < process.argv.length; i += 2) flags[(process.argv[i] ?? '').slice(2)] = process.argv[i + 1] ?? '';
const server = await startServer(readConfig(flags, process.env));
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
