import { type StatusName, statuses } from '../contract/statuses.ts';
import { type Schema, schemaAt } from './schemas.ts';

const meta = (names: readonly StatusName[], http: Schema): Schema => ({
  type: 'object',
  properties: {
    // Lockouts have a word of their own where a deployment is set to the current status page.
    status: { type: 'string', enum: [...names] },
    message: { type: 'string', description: 'For people. Absent under `_suppress_message`.' },
    more_info: {
      type: 'string',
      format: 'uri',
      description: 'What the status means. Absent under `_suppress_message`.',
    },
    response_code: {
      type: 'integer',
      ...http,
      description: 'The real HTTP code. Only under `_suppress_http_status`.',
    },
  },
  required: ['status', 'message', 'more_info'],
});

const statusNames = Object.keys(statuses) as StatusName[];
const failing = statusNames.filter((name) => name !== 'ok');

/** What is common to all answers. */
export const envelopes: Readonly<Record<string, Schema>> = {
  Meta: meta(['ok'], { enum: [200] }),
  Refusal: {
    description: 'What a request is answered that did not succeed.',
    type: 'object',
    properties: { meta: schemaAt('RefusalMeta'), response: { type: 'null' } },
    required: ['meta', 'response'],
  },
  RefusalMeta: meta(failing, { enum: [...new Set(failing.map((name) => statuses[name].http))].sort() }),
  Count: {
    type: 'object',
    properties: { count: { type: 'string', pattern: '^[0-9]+$', description: 'A whole number, as text.' } },
    required: ['count'],
  },
  Breadcrumbs: {
    description: 'The objects above this one, nearest first.',
    type: 'array',
    items: schemaAt('Breadcrumb'),
  },
  Breadcrumb: {
    type: 'object',
    properties: {
      id: schemaAt('Id'),
      table: { type: 'string', description: 'The kind of the object.' },
      title: { type: ['string', 'null'] },
    },
    required: ['id', 'table', 'title'],
  },
  LinkedObject: {
    description: 'An object that another one leads to, with the fields that `_fields` asks for.',
    type: 'object',
    properties: { id: schemaAt('Id') },
    additionalProperties: true,
  },
  Progression: {
    description: 'A move to another status.',
    type: 'object',
    properties: { id: schemaAt('Id'), title: schemaAt('Text'), status: schemaAt('ProgressionStatus') },
    required: ['id', 'title', 'status'],
  },
  ProgressionStatus: {
    type: 'object',
    properties: {
      id: schemaAt('Unsigned'),
      title: schemaAt('Text'),
      color: schemaAt('Text'),
      standing: schemaAt('Text'),
      ordering: schemaAt('Unsigned'),
      start: { type: 'string', enum: ['yes', 'no'] },
    },
    required: ['id', 'title', 'color', 'standing', 'ordering', 'start'],
  },
  OAuthError: {
    description: 'RFC 6749, 5.2.',
    type: 'object',
    properties: {
      error: { type: 'string', enum: failing },
      error_description: { type: 'string' },
      error_uri: { type: 'string', format: 'uri' },
    },
    required: ['error', 'error_description'],
  },
};

/** An envelope around a response. What a caller may take out of it, the description of the document says. */
export const enveloped = (response: Schema): Schema => ({
  type: 'object',
  properties: { meta: schemaAt('Meta'), response },
  required: ['meta', 'response'],
});
