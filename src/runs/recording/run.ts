import type { Exchange, Reads, Recorded, RecordedBody } from './exchange.ts';

export interface RunLimits {
  readonly exchanges: number;
  /** Characters of bodies. */
  readonly bodies: number;
  /** Characters of everything else, and as many of what was told of fields that were read. */
  readonly rest: number;
}

export const runLimitsDefault: RunLimits = Object.freeze({
  exchanges: 5_000,
  bodies: 8 * 2 ** 20,
  rest: 24 * 2 ** 20,
});

/** What is told of a run beside its exchanges. */
export interface RunState {
  readonly name: string;
  /** Unix milliseconds, real time. */
  readonly started: number;
  readonly ended: number | undefined;
  /** How many were recorded, those dropped since included. */
  readonly exchanges: number;
  /** The oldest, which are gone. */
  readonly dropped: number;
  /** Bodies of old exchanges that are gone. */
  readonly bodiesDropped: number;
  /** Exchanges that could not be recorded: an error of the recorder. */
  readonly missed: number;
}

/** What a client sent and got from a start to an end, within bounds: the oldest bodies go first, then the oldest exchanges. */
export interface Run {
  readonly state: RunState;
  readonly recorded: Recorded;
  add(exchange: Exchange): void;
  /** One could not be recorded. */
  miss(): void;
  /** Which fields of the answers were read. */
  read(reads: readonly Reads[]): void;
  /** `at`: unix milliseconds. A run that has ended takes no more exchanges. */
  end(at: number): void;
}

export function createRun(name: string, started: number, limits: RunLimits = runLimitsDefault): Run {
  let exchanges: Exchange[] = [];
  let reads: readonly Reads[] = [];
  let bodies = 0;
  /** Characters beside its bodies, of each exchange. */
  let weights: number[] = [];
  let rest = 0;
  let ended: number | undefined;
  let dropped = 0;
  let bodiesDropped = 0;
  let missed = 0;
  /** The first whose body may still be there. */
  let next = 0;

  function shed(): void {
    for (; bodies > limits.bodies && next < exchanges.length; next++) {
      const old = exchanges[next] as Exchange;
      const size = sizeOf(old);
      if (size === 0) continue;
      bodies -= size;
      bodiesDropped++;
      exchanges[next] = {
        ...old,
        body: without(old.body),
        answer: { ...old.answer, body: without(old.answer.body) },
      };
    }
    // Not one by one: that would move all others each time.
    const many = exchanges.length > limits.exchanges + Math.ceil(limits.exchanges / 10);
    if (!many && rest <= limits.rest) return;
    let over = many ? exchanges.length - limits.exchanges : 0;
    let left = rest - sum(weights.slice(0, over));
    for (const room = limits.rest * 0.9; rest > limits.rest && left > room && over < exchanges.length; over++)
      left -= weights[over] ?? 0;
    for (const old of exchanges.slice(0, over)) bodies -= sizeOf(old);
    exchanges = exchanges.slice(over);
    weights = weights.slice(over);
    rest = left;
    next = Math.max(0, next - over);
    dropped += over;
  }

  return Object.freeze<Run>({
    get state() {
      return { name, started, ended, exchanges: exchanges.length + dropped, dropped, bodiesDropped, missed };
    },
    get recorded() {
      return { exchanges, reads };
    },
    add: (exchange) => {
      if (ended !== undefined) return;
      exchanges.push(exchange);
      bodies += sizeOf(exchange);
      const weight = weightOf(exchange);
      weights.push(weight);
      rest += weight;
      shed();
    },
    miss: () => {
      missed++;
    },
    read: (more) => {
      reads = [...reads, ...more].slice(-limits.exchanges);
      let size = sum(reads.map(lengthOf));
      let over = 0;
      for (; size > limits.rest; over++) size -= lengthOf(reads[over]);
      reads = reads.slice(over);
    },
    end: (at) => {
      ended ??= at;
    },
  });
}

const sizeOf = ({ body, answer }: Exchange): number =>
  (body.text?.length ?? 0) + (answer.body.text?.length ?? 0);

const lengthOf = (value: unknown): number => JSON.stringify(value).length;
const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

const weightOf = ({ body, answer, ...more }: Exchange): number =>
  lengthOf({ ...more, headers: [more.headers, answer.headers] });

function without({ text, ...body }: RecordedBody): RecordedBody {
  return text === undefined ? body : { ...body, left: 'dropped to make room' };
}
