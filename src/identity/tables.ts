import { defineTable } from '../store/schema.ts';

/** The tables of who may ask. Staff are a resource of the catalogue. Secrets are kept as SHA-256 digests (base64url), but for the server's own key. */
export const identityTables = Object.freeze([
  // The directory of deployments lives in deployment 0, which has no host and no other rows.
  defineTable(
    'deployments',
    ['id'],
    ['id#!', 'name!', 'title!', 'disabled#!', 'statuses!', 'currency!', 'timezone!', 'date_created#!'],
    {
      unique: [['name']],
    },
  ),
  defineTable(
    'applications',
    ['id'],
    [
      'id#!',
      'client_id!',
      'secret!',
      'name!',
      'type!',
      'staff_id#!',
      'redirect_uris!',
      'allow_addresses',
      'allow_domains',
      'default_scope!',
      'disabled#!',
      'date_created#!',
      // The most it may ask for; null: anything.
      'allow_scope',
      // 1: an authorization request without a challenge is refused; null: a row from before this was kept, as 0.
      'require_pkce#',
    ],
    { unique: [['client_id']] },
  ),
  defineTable(
    'tokens',
    ['digest'],
    [
      'digest!',
      'family!',
      'application_id#!',
      'staff_id#!',
      'scope!',
      'date_created#!',
      'date_expires#!',
      'date_revoked#',
    ],
    { indices: [['family'], ['application_id'], ['date_expires']] },
  ),
  defineTable(
    'refresh_tokens',
    ['digest'],
    [
      'digest!',
      'family!',
      'application_id#!',
      'staff_id#!',
      'scope!',
      'lifetime#!',
      'date_created#!',
      'date_expires#!',
      'date_revoked#',
      'date_replaced#',
      'successor',
      // 1: the client gave its secret for this family, and has to from then on; 0: it did not; null: a row from before this was kept.
      'authenticated#',
      // When the person agreed, from where the family ends some day; null: a row from before this was kept.
      'date_authorized#',
    ],
    { indices: [['family'], ['application_id'], ['date_expires']] },
  ),
  // One row for each family of tokens that is changed: its lock. It may be missing: a transaction that needs it creates it. The person who allowed an
  // application finds it here: whose it is was written with the consent.
  defineTable(
    'token_families',
    ['family'],
    ['family!', 'application_id#', 'staff_id#', 'scope', 'date_created#', 'date_expires#!', 'date_revoked#'],
    { indices: [['date_expires'], ['staff_id']] },
  ),
  defineTable(
    'grants',
    ['digest'],
    [
      'digest!',
      'family!',
      'application_id#!',
      'staff_id#!',
      'scope!',
      'redirect_uri',
      'challenge',
      'lifetime#',
      'date_created#!',
      'date_expires#!',
      'date_consumed#',
      'date_revoked#',
    ],
    { indices: [['application_id'], ['date_expires']] },
  ),
  // Of the server, in the directory: it has to be read back, so it is no digest.
  defineTable('server_keys', ['name'], ['name!', 'secret!', 'date_created#!']),
  defineTable(
    'sessions',
    ['digest'],
    [
      'digest!',
      'staff_id#',
      'csrf!',
      'address',
      'agent',
      'date_created#!',
      // null: a row from before this was kept.
      'date_used#',
      'date_expires#!',
    ],
    { indices: [['date_expires'], ['staff_id']] },
  ),
  // The key is sealed with one of the server's: it has to be read back. `step`: the last one a code was taken of.
  defineTable('second_factors', ['staff_id'], ['staff_id#!', 'key!', 'step#!', 'salt!', 'date_created#!']),
  // A row goes when its code is used. `digest`: argon2id, with the salt of the second factor.
  defineTable('recovery_codes', ['staff_id', 'digest'], ['staff_id#!', 'digest!', 'date_created#!']),
]);

/** Rows that have served their time, and how long past their end they are kept so that `expired` can be told from `unknown`. */
export interface Expiring {
  readonly table: string;
  readonly key: readonly string[];
  /** Seconds. */
  readonly kept: number;
}

export const expiring: readonly Expiring[] = Object.freeze([
  { table: 'tokens', key: ['digest'], kept: 7 * 86_400 },
  { table: 'refresh_tokens', key: ['digest'], kept: 30 * 86_400 },
  // An access token may outlive the refresh tokens of its family, and its person has to find it.
  { table: 'token_families', key: ['family'], kept: 3 * 365 * 86_400 },
  { table: 'grants', key: ['digest'], kept: 86_400 },
  { table: 'sessions', key: ['digest'], kept: 0 },
]);
