import type { Refusal } from '../contract/refuse.ts';
import type { OpenTrail } from '../request/trail.ts';
import { type PageParts, pageAnswer } from './authorization-answer.ts';

/** A form that is shown again, and what its answer carries beside the page. */
export interface FormAgain extends PageParts {
  readonly html: string;
}

/** Ends the request with a refusal, and answers with the form, which says what was wrong. */
export function refuseForm(trail: OpenTrail, refusal: Refusal, form: FormAgain): never {
  trail.onRefusal = (_, ended, world) => pageAnswer(ended, form.html, world, form);
  throw refusal;
}

/** From here on, a refused password or code is answered with the form again. Every other refusal is answered as before. */
export function showFormAgain(
  trail: OpenTrail,
  formFor: (refusal: Refusal) => FormAgain | Promise<FormAgain>,
): void {
  const before = trail.onRefusal;
  trail.onRefusal = async (refusal, ended, world) => {
    if (refusal.status !== 'invalid_client') return before?.(refusal, ended, world);
    const form = await formFor(refusal);
    return pageAnswer(ended, form.html, world, form);
  };
}
