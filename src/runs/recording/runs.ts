import type { Answer } from '../../contract/answer.ts';
import { ControlError } from '../../contract/control-error.ts';
import type { Trail } from '../../request/trail.ts';
import { compose } from './compose.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { createRun, type Run } from './run.ts';
import { seenOf } from './witness.ts';

/** The runs of a sandbox, in memory: at most one on in each deployment, and the latest of those that have ended. */
export interface Runs {
  /** `name` made up unless told. Throws `ControlError` when one is on, or one of that name is kept. */
  start(deployment: number, name: string | undefined): Run;
  end(deployment: number): Run;
  list(deployment: number): readonly Run[];
  /** By name; the one that is on, else the latest, unless told. */
  find(deployment: number, name: string | undefined): Run;
  /** Named as in `find`. The one that is gone. */
  remove(deployment: number, name: string | undefined): Run;
  /** Drops all of a deployment. */
  forget(deployment: number): void;
  /** A request that is over. Costs nothing while no run is on. */
  witness(trail: Trail, answer: Answer): void;
}

/** Runs that are kept, of all deployments together. */
const runsMax = 20;

/** `milliseconds`: where the clock of a deployment stands. */
export function createRuns(milliseconds: (deployment: number) => number): Runs {
  let kept: readonly { readonly deployment: number; readonly run: Run }[] = [];
  const on = new Map<number, { readonly run: Run; readonly redactor: Redactor }>();

  const list = (deployment: number): readonly Run[] =>
    kept.filter((each) => each.deployment === deployment).map(({ run }) => run);

  function find(deployment: number, name: string | undefined): Run {
    const runs = list(deployment);
    const found = name === undefined ? runs.at(-1) : runs.find(({ state }) => state.name === name);
    if (found) return found;
    const others = runs.map(({ state }) => state.name).join(', ');
    throw new ControlError(
      runs.length === 0
        ? 'there is no run in this deployment: start one first'
        : `there is no run named ${name}; there are: ${others}`,
      404,
    );
  }

  return Object.freeze<Runs>({
    list,
    find,
    start: (deployment, given) => {
      const running = on.get(deployment);
      if (running) throw new ControlError(`the run ${running.run.state.name} is on: end it first`);
      const names = new Set(list(deployment).map(({ state }) => state.name));
      let number = names.size + 1;
      while (names.has(`run-${number}`)) number++;
      const name = given ?? `run-${number}`;
      if (!/^[\w.-]{1,60}$/.test(name))
        throw new ControlError('the name of a run has letters, digits, dots, - and _, 60 at most');
      if (names.has(name))
        throw new ControlError(`there is a run named ${name}: remove it, or choose another name`);
      if (on.size >= runsMax)
        throw new ControlError(`${runsMax} runs are on, the most there can be: end one first`);
      const run = createRun(name, Date.now());
      on.set(deployment, { run, redactor: createRedactor() });
      const ended = [...kept].filter((each) => each.run.state.ended !== undefined);
      const over = new Set(ended.slice(0, Math.max(0, kept.length + 1 - runsMax)));
      kept = [...kept.filter((each) => !over.has(each)), { deployment, run }];
      return run;
    },
    end: (deployment) => {
      const running = on.get(deployment);
      if (!running) throw new ControlError('no run is on in this deployment', 404);
      on.delete(deployment);
      running.run.end(Date.now());
      return running.run;
    },
    remove: (deployment, name) => {
      const run = find(deployment, name);
      if (on.get(deployment)?.run === run) on.delete(deployment);
      run.end(Date.now());
      kept = kept.filter((each) => each.run !== run);
      return run;
    },
    forget: (deployment) => {
      on.delete(deployment);
      kept = kept.filter((each) => each.deployment !== deployment);
    },
    witness: (trail, answer) => {
      if (on.size === 0) return;
      const { deployment } = trail;
      const running = deployment && on.get(deployment.id);
      if (!running) return;
      // A failure to record must not change the answer.
      try {
        running.run.add(compose(seenOf(trail, answer, milliseconds(deployment.id)), running.redactor));
      } catch {
        running.run.miss();
      }
    },
  });
}
