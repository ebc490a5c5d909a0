import type { Answer } from '../contract/answer.ts';
import { ignoredText } from '../request/06-parameters/ignored.ts';
import { oddStages, type Trail } from '../request/trail.ts';
import type { Finished } from './observer.ts';

/** What is observed of a request that is over. */
export function finishedOf(trail: Trail, answer: Answer): Finished {
  const { received, stage, refusal, route, deployment, caller, application, quota, fault, event, ignored } =
    trail;
  const { id, at, wrote, path, address, started } = received;
  const particulars = refusal?.particulars;
  return {
    entry: {
      id,
      at,
      method: wrote,
      path: path.length > 300 ? path.slice(0, 300) : path,
      http: answer.http,
      status: answer.status,
      stage,
      stages: oddStages(trail),
      cause: refusal?.because,
      field: particulars?.field,
      detail: particulars?.detail,
      exact: refusal ? particulars?.exact : fault?.reason,
      ignored: ignored.length > 0 ? ignoredText(ignored) : undefined,
      route: route?.id,
      deployment: deployment?.name,
      application: application?.clientId,
      staff: caller?.person.id ?? event?.staff,
      event: event?.what,
      by: event?.by,
      address,
      ms: Math.round((performance.now() - started) * 100) / 100,
    },
    deploymentId: deployment?.id,
    used: quota && quota.limit - quota.remaining,
    quiet: particulars?.quiet !== undefined,
  };
}
