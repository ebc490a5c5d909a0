import type { Exchange, Reads, Recorded, RecordedBody } from './exchange.ts';

export interface RunLimits {
  readonly exchanges: number;
  /** Characters of bodies. */
  readonly bodies: number;
}

export const usualLimits: RunLimits = Object.freeze({ exchanges: 5_000, bodies: 8 * 2 ** 20 });

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
  /** Exchanges that could not be recorded: a fault of ours. */
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

export function createRun(name: string, started: number, limits: RunLimits = usualLimits): Run {
  let exchanges: Exchange[] = [];
  let reads: readonly Reads[] = [];
  let bodies = 0;
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
    if (exchanges.length <= limits.exchanges + Math.ceil(limits.exchanges / 10)) return;
    const over = exchanges.length - limits.exchanges;
    for (const old of exchanges.slice(0, over)) bodies -= sizeOf(old);
    exchanges = exchanges.slice(over);
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
      shed();
    },
    miss: () => {
      missed++;
    },
    read: (more) => {
      reads = [...reads, ...more].slice(-limits.exchanges);
    },
    end: (at) => {
      ended ??= at;
    },
  });
}

const sizeOf = ({ body, answer }: Exchange): number =>
  (body.text?.length ?? 0) + (answer.body.text?.length ?? 0);

function without({ text, ...body }: RecordedBody): RecordedBody {
  return text === undefined ? body : { ...body, left: 'dropped to make room' };
}
