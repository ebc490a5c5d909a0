import { type LintLevel, type LintRule, loadLints } from '../lint.ts';
import type { Exchange, Recorded } from '../recording/exchange.ts';
import type { RunState } from '../recording/run.ts';
import { type Coverage, coverageOf } from './coverage.ts';

export interface Shown {
  /** The request id. */
  readonly id: string;
  /** From 1, in the order of the answers. */
  readonly number: number;
  /** Such as `GET /api/v0/companies`. */
  readonly what: string;
  readonly status: string;
}

export interface ReportedFinding {
  readonly message: string;
  /** The first of them. */
  readonly exchanges: readonly Shown[];
  /** How many there are in all. */
  readonly of: number;
}

export interface Checked {
  readonly id: string;
  readonly level: LintLevel;
  readonly row: string;
  readonly finds: string;
  readonly instead: string;
  /** Why it was not looked at. */
  readonly unlooked?: string;
  readonly findings: readonly ReportedFinding[];
}

/** What a run has shown: what the client did wrong, and how much of the contract it has met. */
export interface Report {
  readonly run: RunState;
  readonly lints: readonly Checked[];
  readonly coverage: Coverage;
}

/** Exchanges that are listed with a finding. */
const listed = 20;

export async function reportOf(run: RunState, recorded: Recorded): Promise<Report> {
  const numbers = new Map(recorded.exchanges.map((exchange, i) => [exchange, run.dropped + i + 1]));
  const rules = await loadLints();
  return {
    run,
    lints: rules.map((rule) => checked(rule, recorded, numbers)),
    coverage: coverageOf(recorded.exchanges),
  };
}

function checked(
  { id, level, row, finds, instead, unlooked, look }: LintRule,
  recorded: Recorded,
  numbers: ReadonlyMap<Exchange, number>,
): Checked {
  const why = unlooked?.(recorded);
  const findings = why === undefined ? look(recorded) : [];
  return {
    id,
    level,
    row,
    finds,
    instead,
    ...(why === undefined ? {} : { unlooked: why }),
    findings: findings.map(({ message, exchanges }) => ({
      message,
      exchanges: exchanges.slice(0, listed).map((exchange) => ({
        id: exchange.id,
        number: numbers.get(exchange) ?? 0,
        what: `${exchange.method} ${exchange.path}`,
        status: exchange.status,
      })),
      of: exchanges.length,
    })),
  };
}

/** Of this level or above. */
export const findingsFrom = ({ lints }: Report, least: LintLevel): number =>
  lints
    .filter(({ level }) => weight[level] >= weight[least])
    .reduce((sum, { findings }) => sum + findings.length, 0);

const weight = Object.freeze({ note: 0, warning: 1, error: 2 } as const);

/** What is missing from a run that was too long, in words; empty for others. */
export function missingFrom({ dropped, bodiesDropped, missed }: RunState): readonly string[] {
  return [
    ...(missed > 0
      ? [`${missed} exchanges could not be recorded: something went wrong in the recorder`]
      : []),
    ...(dropped > 0
      ? [`the oldest ${dropped} exchanges were dropped to make room: no rule has looked at them`]
      : []),
    ...(bodiesDropped > 0 ? [`the bodies of ${bodiesDropped} old exchanges were dropped to make room`] : []),
  ];
}
