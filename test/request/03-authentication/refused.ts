import { Refusal } from '../../../src/contract/refuse.ts';

/** The cause and what is told of it, in public or in the log. */
export async function refused(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { detail, exact } = error.particulars;
    return [error.because, detail, exact].filter((each) => each !== undefined).join(': ');
  }
  return 'accepted';
}
