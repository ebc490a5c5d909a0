import type { Customer } from './customers.ts';
import { tagSome } from './settings.ts';
import { statusAt } from './statuses.ts';
import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

/** A customer's issue, every second one with a task. */
export async function writeIssue(
  w: SampleWriter,
  { at: i, company, affiliation, since, manager }: Customer,
): Promise<number> {
  const step = i % 4;
  const at = since + 3 * day;
  const issue = await w.put(
    'issues',
    {
      title: words.pick(words.issues, i),
      description: 'Told on the telephone.',
      against_type: 'company',
      against_id: company,
      affiliation,
      custom_id: `I-${i + 1}`,
      issue_type: w.pick('issue_types', i),
      class: w.pick('issue_classes', i),
      issue_priority: w.pick('issue_priorities', i),
      rate: w.pick('rates', 0),
      status: statusAt(w, 'issue', step),
      assignee: manager,
      date_submitted: at,
      date_opened: at + day,
      ...(step >= 2
        ? { resolution: w.pick('issue_resolutions', i), resolution_detail: 'A new one was sent.' }
        : {}),
      ...(step === 3 ? { date_resolved: at + 2 * day, resolved_by: manager } : {}),
      date_due: at + 7 * day,
    },
    { at: at + step * day, by: manager },
  );
  await w.putMoves('issues', issue, step, { at, by: manager });
  await tagSome(w, 'issue', issue, i + 2);
  if (i % 2 === 0)
    await w.put(
      'tasks',
      {
        title: 'Answer the customer',
        against_type: 'issue',
        against_id: issue,
        assignee: manager,
        task_type: w.pick('task_types', 0),
        date_started: at,
        date_due: at + 2 * day,
        remaining: 1_800,
      },
      { at, by: manager },
    );
  return issue;
}
