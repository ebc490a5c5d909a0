import type { FileResult } from './worker-process.ts';

/** Prints what became of each file, then once more what failed, and how many there were. */
export class Report {
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };
  readonly #failures: string[] = [];

  get passed(): boolean {
    return this.#counts.failed === 0 && this.#counts.passed > 0;
  }

  add(file: string, { results, output, ms }: FileResult): void {
    const lines = [`${file} (${(ms / 1_000).toFixed(1)} s)`];
    for (const { outcome, names, ms, text } of results) {
      this.#counts[outcome]++;
      const name = names.join(' › ');
      const why = outcome === 'skipped' ? `, skipped: ${text}` : '';
      lines.push(`  ${signs[outcome]} ${name} (${ms.toFixed(0)} ms)${why}`);
      if (outcome !== 'failed') continue;
      const failure = `✖ ${[file, ...names].join(' › ')}\n${text.replaceAll(/^/gm, '    ')}`;
      lines.push(text.replaceAll(/^/gm, '    '));
      this.#failures.push(failure);
    }
    if (output !== '') lines.push(output.trimEnd().replaceAll(/^/gm, '  | '));
    process.stdout.write(`${lines.join('\n')}\n`);
  }

  end(): void {
    const { passed, failed, skipped } = this.#counts;
    for (const failure of this.#failures) process.stdout.write(`\n${failure}\n`);
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }
}

const signs = { passed: '✔', failed: '✖', skipped: '﹣' } as const;
