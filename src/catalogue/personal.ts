/**
 * What fields may say of people, by the kind of it: a copy for others can have something else in its place. `text`: what people write freely,
 * which may say anything.
 */
export const personals = ['name', 'email', 'phone', 'address', 'text'] as const;
export type Personal = (typeof personals)[number];
