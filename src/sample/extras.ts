import type { Catalogue } from '../catalogue/catalogue.ts';
import { newQueue } from '../webhooks/subscriptions.ts';
import { staffAt } from './people.ts';
import { tagSome } from './settings.ts';
import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

// What stands beside the work, once for the first few objects: ships and crates, signoffs, saved filters, subscriptions.

/** Ships of the first jobs and issues, and crates of the first contracts and prospects. */
export async function writeAssets(w: SampleWriter): Promise<void> {
  for (const [i, company] of w.ids('companies').slice(0, 4).entries()) {
    const asset = await w.put('assets', {
      title: i % 2 === 0 ? `Ship ${i + 1}` : `Crate ${i + 1}`,
      against_type: 'company',
      against_id: company,
      asset_type: w.pick('asset_types', i),
      affiliation: w.pick('affiliations', i),
      manager: staffAt(w, i),
      address: w.pick('addresses', i),
    });
    await tagSome(w, 'asset', asset, i);
    for (const [type, resource] of [
      ['job', 'jobs'],
      ['issue', 'issues'],
    ] as const)
      await w.put('asset_links', {
        asset,
        linked_object_type: type,
        linked_object_id: w.pick(resource, i),
        note: 'Needed for the flight.',
        date_start: w.now - 10 * day,
        date_end: w.now + 10 * day,
      });
  }
}

const signoffStandings = ['draft', 'sent', 'approved', 'declined'] as const;

/** A signoff of each standing, with its recipients; `files`: what may be attached. */
export async function writeSignoffs(w: SampleWriter, files: readonly number[]): Promise<void> {
  for (const [i, job] of w.ids('jobs').slice(0, signoffStandings.length).entries()) {
    const standing = words.pick(signoffStandings, i);
    const at = w.now - (30 - i) * day;
    const answered = standing === 'approved' || standing === 'declined';
    const signoff = await w.put(
      'signoffs',
      {
        subject: 'The route, please sign',
        body: '<p>Is this the way?</p>',
        standing,
        against_type: 'job',
        against_id: job,
        date_expires: at + 60 * day,
      },
      { at, by: staffAt(w, i) },
    );
    for (const [recipient_type, recipient_id] of [
      ['staff', staffAt(w, i + 1)],
      ['affiliation', w.pick('affiliations', i * 2)],
    ] as const)
      await w.put('signoff_recipients', {
        signoff,
        recipient_type,
        recipient_id,
        approver: 1,
        response: answered ? standing : 'pending',
        date_responded: answered ? at + day : null,
      });
    const resource = files[i % files.length];
    if (resource !== undefined) await w.put('signoff_attachments', { signoff, resource });
  }
}

/** What finds something, by kind of object. */
const saved: Readonly<Record<string, string>> = {
  activities: 'medium(email)',
  affiliations: 'standing(active)',
  companies: 'standing(active)',
  contracts: 'standing(active)',
  expenses: 'standing(approved)',
  issues: 'standing(open)',
  jobs: 'standing(active)',
  milestones: 'standing(started)',
  prospects: 'standing(active)',
  quotes: 'standing(sent)',
  staff: 'standing(lockout)',
  tasks: 'standing(started)',
};

export async function writeFilters(w: SampleWriter): Promise<void> {
  for (const [object_type, filters] of Object.entries(saved))
    await w.put('filters', { title: `Present ${object_type}`, object_type, filters, shared: 'yes' });
  const mine = { title: 'Mine alone', object_type: 'tasks', filters: 'standing(pending)', shared: 'no' };
  for (const i of [0, 1]) await w.put('filters', mine, { by: staffAt(w, i) });
}

/** A receiver on the machine itself: where a client that is tried out would listen. */
export const receiverUrl = 'http://127.0.0.1:8080/webhooks';

/** Subscriptions of the administrator: one that waits for issues, one that was disabled. `origin`: where the deployment is reached. */
export async function writeSubscriptions(
  w: SampleWriter,
  { events }: Pick<Catalogue, 'events'>,
  origin: string | undefined,
): Promise<void> {
  for (const [event_id, disabled] of [
    ['create_issue', false],
    ['update_contact', true],
  ] as const) {
    const found = events.get(event_id);
    if (!found) throw new Error(`there is no event ${event_id}`);
    const after = await w.store.nextId(w.deployment, 'webhook_events');
    const id = await w.put('webhook_subscriptions', {
      event_id,
      trigger_table: found.resource.singular,
      trigger_type: found.event.on,
      trigger_url: receiverUrl,
      content_type: 'application/json',
      secret: 'sandbox-webhook-secret',
      base_url: origin ?? null,
      date_disabled: disabled ? w.now - day : null,
      disabled_because: disabled ? 'The sample shows one that was disabled.' : null,
    });
    await w.store.insert(w.deployment, 'webhook_lanes', newQueue(id, after, w.now));
  }
}
