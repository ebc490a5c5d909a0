import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { Permitted } from '../../07-permission/permit.ts';
import type { World } from '../../world.ts';
import type { Outcome } from '../outcome.ts';
import type { Inside } from '../write.ts';

/** A verb of its own that reads. */
export interface ReadAction {
  readonly kind: 'read';
  run(asked: Permitted, world: World): Promise<Outcome>;
}

/** A verb of its own that writes: `prepare` may take its time (a password's hash), `run` is inside the transaction. */
export interface WriteAction {
  readonly kind: 'write';
  prepare?(asked: Permitted, world: World): Promise<unknown>;
  run(asked: Permitted, inside: Inside, prepared: unknown): Promise<Outcome>;
}

export type Action = ReadAction | WriteAction;

/** By the name the catalogue's rows use. */
const actions: Readonly<Record<string, Action>> = {};

/** An action by its name; one that is not there is a defect of the catalogue, found when the server starts. */
export function actionNamed(name: string): Action {
  const found = actions[name];
  if (!found) throw new Error(`the catalogue names an action ${name}, which does not exist`);
  return found;
}

/** Refuses to start with a row that names an action which does not exist, or one that reads under a method that writes. */
export function checkActions(catalogue: Catalogue): void {
  for (const resource of catalogue.resources.values()) {
    for (const { action, method, path } of resource.requests) {
      if (action === undefined) continue;
      const { kind } = actionNamed(action);
      if (kind === 'read' && method !== 'GET') throw new Error(`${method} ${path} writes, but its action ${action} only reads`);
    }
  }
}
