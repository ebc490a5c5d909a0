import type { Stored } from '../catalogue/kinds/kind.ts';
import { refuse } from '../contract/refuse.ts';
import { createObject } from '../objects/create.ts';
import { missing } from '../objects/missing.ts';
import { updateObject } from '../objects/write.ts';
import type { Written } from '../objects/written.ts';
import { parseValues } from '../request/06-parameters/values.ts';
import { answerObject } from '../request/08-operation/answer.ts';
import { writeVerb } from '../request/08-operation/verb.ts';

interface Span {
  readonly date_start: Stored;
  readonly date_end: Stored;
  readonly duration_seconds: Stored;
}

/** "Only one of `date_end` and `duration_seconds` should have a value": it has an end or a duration, and neither lies before its start. */
function checkSpan({ date_start, date_end, duration_seconds }: Span): void {
  if (date_end == null && duration_seconds == null)
    refuse('parameter.missing', { field: 'date_end', or: 'duration_seconds' });
  if (date_end != null && duration_seconds != null)
    refuse('parameter.invalid', {
      field: 'duration_seconds',
      detail: 'only one of it and date_end is wanted',
    });
  if (date_end != null && Number(date_end) < Number(date_start ?? 0))
    refuse('parameter.invalid', { field: 'date_end', detail: 'a time not before date_start is wanted' });
  if (duration_seconds != null && Number(duration_seconds) < 0)
    refuse('parameter.invalid', {
      field: 'duration_seconds',
      detail: 'a number of seconds, 0 or more, is wanted',
    });
}

const spanOf = (values: Written['values']): Span => {
  const { date_start = null, date_end = null, duration_seconds = null } = values;
  return { date_start, date_end, duration_seconds };
};

/** `POST /holidays`. Refuses as any create does, `parameter.missing` without an end, `parameter.invalid` with two. */
const create = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const written = parseValues(asked.parameters, owner, owner.create);
    checkSpan(spanOf(written.values));
    return answerObject(asked, context, await createObject(context, owner, written));
  },
});

/** `PUT /holidays/{id}`: an end takes the place of a duration, and the other way round. Refuses as the create, and `object.missing`. */
const update = writeVerb({
  run: async (asked, context) => {
    const { owner } = asked.route;
    const [id = 0] = asked.ids;
    const { values, names } = parseValues(asked.parameters, owner, { required: [], optional: owner.update });
    const columns = ['date_start', 'date_end', 'duration_seconds'];
    const before = await context.store.find(context.deployment, owner.name, columns, { id });
    if (!before) missing(owner, id);
    const other = {
      ...(values.date_end != null && values.duration_seconds == null ? { duration_seconds: null } : {}),
      ...(values.duration_seconds != null && values.date_end == null ? { date_end: null } : {}),
    };
    const after = { ...values, ...other };
    checkSpan({ ...spanOf(before), ...after });
    await updateObject(context, owner, id, { values: after, names });
    return answerObject(asked, context, id);
  },
});

export default { create, update };
