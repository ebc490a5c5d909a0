import { join } from 'node:path';

/** The file that tells the command line of the same data folder where the sandbox is, and its token: `{"url", "token"}`. */
export const announcement = (data: string): string => join(data, 'sandbox.json');
