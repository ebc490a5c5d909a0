import { resourceNamed } from '../../catalogue/catalogue.ts';
import type { Stored } from '../../catalogue/kinds/kind.ts';
import type { ParameterValue } from '../../catalogue/sent.ts';
import { refuse } from '../../contract/refuse.ts';
import { insertObject } from '../../objects/write.ts';
import type { WriteContext } from '../../store/write-context.ts';

type Values = Record<string, Stored>;

/** `{"staff": [10], "affiliation": [13, 14], "emails": "x@example.com"}`. */
export async function addRecipients(
  context: WriteContext,
  activity: number,
  type: string,
  sent: ParameterValue | undefined,
): Promise<void> {
  if (sent === undefined || sent === null || sent === '') return;
  if (typeof sent !== 'object' || Array.isArray(sent))
    refuse('parameter.invalid', {
      field: type,
      detail: 'an object with staff, affiliation or emails is wanted',
    });
  const interacts = resourceNamed(context.catalogue, 'activity_interacts');
  for (const [kind, list] of Object.entries(sent as Readonly<Record<string, ParameterValue>>)) {
    for (const each of Array.isArray(list) ? (list as readonly ParameterValue[]) : [list]) {
      if (each === null || each === '') continue;
      const values = recipient(type, kind, each);
      await insertObject(context, interacts, {
        values: { ...values, activity, type },
        names: { owner_id: type, email: type, owner_type: type },
      });
    }
  }
}

function recipient(parameter: string, kind: string, sent: ParameterValue): Values {
  const text = typeof sent === 'object' ? '' : String(sent);
  if (kind === 'emails' || kind === 'email') {
    if (!text.includes('@') || text.length > 255)
      refuse('parameter.invalid', { field: parameter, detail: 'an email address is wanted' });
    return { email: text };
  }
  const id = Number(text);
  if ((kind !== 'staff' && kind !== 'affiliation') || !Number.isSafeInteger(id) || id < 1) {
    refuse('parameter.invalid', {
      field: parameter,
      detail: 'ids of staff or affiliation, or emails, are wanted',
    });
  }
  return { owner_type: kind, owner_id: id };
}
