import { alias, choice, flag, link, made, moment, reference, text, unsigned } from '../fields.ts';
import { count, create, list, read, remove, update, verb } from '../request.ts';
import { resource } from '../resource.ts';
import { joined, own, via } from '../source.ts';

const kinds = ['company', 'job', 'milestone', 'task', 'issue', 'contract', 'prospect'] as const;
const standings = ['draft', 'sent', 'approved', 'declined'] as const;
const colours: Readonly<Record<string, string>> = {
  draft: 'yellow',
  sent: 'blue',
  approved: 'green',
  declined: 'red',
};
const colour = made([own('standing')], ([standing]) => colours[String(standing)] ?? null);
const previewLengthMax = 250;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const preview = (body: string): string => {
  const line = body.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= previewLengthMax
    ? line
    : `${characters.slice(0, previewLengthMax - 1).join('')}…`;
};

const html = (body: string): string =>
  body.replace(/[&<>"']/g, (each) => escapes[each] ?? each).replace(/\r\n?|\n/g, '<br>');

/** Whom a signoff is sent to. */
const recipients = resource({
  name: 'signoff_recipients',
  singular: 'signoff_recipient',
  plural: 'signoff_recipients',
  title: 'Recipient',
  scope: 'signoffs',
  fields: {
    id: unsigned({ shown: 'default' }),
    signoff: link('signoffs', { shown: 'hidden' }),
    signoff_id: alias('signoff', link('signoffs'), { shown: 'default' }),
    recipient_type: choice(['affiliation', 'staff'], { shown: 'default' }),
    recipient_id: unsigned({ shown: 'default' }),
    addressee: reference('recipient', { shown: 'hidden' }),
    response: choice(['pending', 'approved', 'declined'], {
      shown: 'default',
      initial: { value: 'pending' },
    }),
    date_responded: moment(),
    // The id is of one of these: which, the type says.
    as_staff: alias('recipient_id', link('staff'), { shown: 'hidden' }),
    as_affiliation: alias('recipient_id', link('affiliations'), { shown: 'hidden' }),
    recipient: made(
      [
        own('recipient_type'),
        own('recipient_id'),
        via('as_staff', joined('firstname', 'surname')),
        via('as_staff', 'email'),
        via('as_affiliation', via('contact', joined('firstname', 'surname'))),
        via('as_affiliation', 'email'),
      ],
      ([type = null, id = null, staffName = null, staffEmail = null, otherName = null, otherEmail = null]) =>
        type === null || id === null
          ? null
          : {
              type,
              id: String(id),
              name: type === 'staff' ? staffName : otherName,
              email: type === 'staff' ? staffEmail : otherEmail,
            },
    ),
    approver: flag({ initial: { value: 0 } }),
  },
  unique: [['signoff', 'recipient_type', 'recipient_id']],
  titled: 'response',
  parent: 'signoff',
  references: { addressee: ['affiliation', 'staff'] },
  sources: { responded: own('date_responded') },
  create: { required: ['signoff_id', 'recipient_id', 'recipient_type'], optional: ['approver'] },
  update: ['approver', 'response'],
  filters: {
    basic: ['signoff_id', 'recipient_type', 'recipient_id', 'response', 'approver'],
    date: ['responded', 'date_responded'],
    order: ['id', 'date_responded'],
    range: ['id', 'signoff_id'],
  },
  access: { remove: 'standard' },
  requests: [
    list('signoffs/recipients'),
    count('signoffs/recipients/count'),
    read('signoffs/recipients/{recipient_id}'),
    create('signoffs/recipient'),
    create('signoffs/recipients'),
    verb('PUT', 'signoffs/recipients/{recipient_id}', 'signoff_recipients.update', {
      parameters: ['approver', 'response'],
    }),
    remove('signoffs/recipients/{recipient_id}'),
  ],
});

/** A file that is part of what is to be approved. */
const attachments = resource({
  name: 'signoff_attachments',
  singular: 'signoff_attachment',
  plural: 'signoff_attachments',
  title: 'Attachment',
  scope: 'signoffs',
  fields: {
    id: unsigned({ shown: 'default' }),
    signoff: link('signoffs', { shown: 'hidden' }),
    signoff_id: alias('signoff', link('signoffs')),
    resource: link('resources'),
    resource_id: alias('resource', link('resources')),
    standing: choice(['active', 'inactive'], { initial: { value: 'active' } }),
    activity: link('activities', { shown: 'hidden' }),
    activity_id: alias('activity', link('activities')),
  },
  titled: via('resource', 'title'),
  parent: 'signoff',
  // The reference calls it the status in one place and the standing in another.
  parameters: { Status: 'standing', Standing: 'standing' },
  create: { required: ['signoff_id', 'resource_id'], optional: ['standing', 'activity_id'] },
  update: ['Status', 'Standing', 'standing'],
  filters: { basic: ['id', 'signoff_id', 'standing', 'resource_id', 'activity_id'] },
  requests: [
    list('signoffs/attachments'),
    count('signoffs/attachments/count'),
    read('signoffs/attachments/{attachment_id}'),
    update('signoffs/attachments/{attachment_id}'),
  ],
});

/** What clients are asked to approve. They are drafted in the deployment: the reference has no request that creates one. */
export default resource({
  singular: 'signoff',
  plural: 'signoffs',
  fields: {
    id: unsigned({ shown: 'default' }),
    subject: text({ shown: 'default' }),
    standing: choice(standings, { initial: { value: 'draft' } }),
    requires: choice(['any', 'all'], { initial: { value: 'any' } }),
    against_type: choice(kinds),
    against_id: unsigned(),
    against: reference('against'),
    date_created: moment({ initial: 'now' }),
    date_updated: moment({ initial: 'now', stamped: 'now' }),
    date_expires: moment(),
    standing_colour: colour,
    // The samples spell it so.
    standing_color: colour,
    body: text({ limit: 65_535 }),
    preview_body: made([own('body')], ([body]) => (body == null ? null : preview(String(body)))),
    html_body: made([own('body')], ([body]) => (body == null ? null : html(String(body)))),
    created_by: link('staff', { initial: 'caller', id: true }),
    // Everybody who may read a signoff may write it: only its standing decides.
    permissions: made([own('standing')], ([standing]) => {
      const draft = standing === 'draft' ? 1 : 0;
      return { can_redraft: 1 - draft, can_send: draft, can_edit: draft };
    }),
  },
  personal: { text: ['subject', 'body'] },
  titled: 'subject',
  parent: 'against',
  search: ['subject'],
  references: { against: kinds },
  sources: { created: own('date_created'), expires: own('date_expires'), updated: own('date_updated') },
  create: {
    required: ['subject'],
    optional: [
      'standing',
      'requires',
      'against_type',
      'against_id',
      'date_created',
      'date_updated',
      'date_expires',
      'body',
      'created_by',
    ],
  },
  update: ['body'],
  filters: {
    basic: ['id', 'created_by', 'standing', 'requires', 'against_type', 'against_id'],
    date: ['created', 'expires', 'updated', 'date_created', 'date_expires', 'date_updated'],
    order: ['id', 'date_created', 'date_expires', 'date_updated', 'standing', 'subject'],
    range: ['id'],
    object: ['against'],
  },
  requests: [
    list('signoffs'),
    count('signoffs/count'),
    read('signoffs/{signoff_id}'),
    verb('PUT', 'signoffs/signoff/{signoff_id}', 'signoffs.update', { parameters: ['body'] }),
    verb('PUT', 'signoffs/{signoff_id}', 'signoffs.update', { parameters: ['body'] }),
    verb('POST', 'signoffs/{signoff_id}/redraft', 'signoffs.redraft'),
    verb('POST', 'signoffs/{signoff_id}/send', 'signoffs.send'),
    verb('POST', 'signoffs/{signoff_id}/attachments', 'signoffs.attach', {
      of: 'signoff_attachments',
      uploads: ['resource', 'file'],
      parameters: ['file!'],
      shaped: true,
    }),
  ],
  parts: [recipients, attachments],
});
