/** What happens to an object that others may subscribe to ("Webhook Events" of the reference). */
export interface Event {
  /** `create_task`; unique among all resources. */
  readonly id: string;
  readonly title: string;
  readonly on: 'create' | 'update' | 'delete';
  /** Only updates that give this field another value; with `emptied`, only those that leave it without one. */
  readonly field?: string;
  readonly emptied?: true;
}

export const created = (id: string, title: string): Event => Object.freeze({ id, title, on: 'create' });
export const updated = (id: string, title: string): Event => Object.freeze({ id, title, on: 'update' });
export const deleted = (id: string, title: string): Event => Object.freeze({ id, title, on: 'delete' });
/** An update after which `field` has another value than before. */
export const changed = (id: string, title: string, field: string): Event =>
  Object.freeze({ id, title, on: 'update', field });
/** An update after which `field` has no value any more. */
export const emptied = (id: string, title: string, field: string): Event =>
  Object.freeze({ id, title, on: 'update', field, emptied: true });
