import { text, unsigned, yesno } from '../fields.ts';
import { count, list, read } from '../request.ts';
import { resource, type Trait } from '../resource.ts';

/**
 * The statuses that one kind of object can have, at `<path>/statuses` ("Statuses" of the reference).
 * `requests`: which of list, read and count the documentation has for this kind.
 */
export function objectStatuses(
  singular: string,
  plural: string,
  requests: readonly ('list' | 'read' | 'count')[] = ['list', 'read', 'count'],
): Trait {
  const path = `${plural}/statuses`;
  const rows = { list: list(path), read: read(`${path}/{status_id}`), count: count(`${path}/count`) };
  const part = resource({
    name: `${singular}_statuses`,
    singular: `${singular}_status`,
    plural: `${singular}_statuses`,
    scope: plural,
    fields: {
      id: unsigned({ shown: 'default' }),
      title: text({ shown: 'default' }),
      color: text(),
      standing: text(),
      start: yesno({ initial: { value: 0 } }),
      ordering: unsigned({ initial: { value: 0 } }),
    },
    titled: 'title',
    create: { required: ['title'], optional: ['color', 'standing', 'start', 'ordering'] },
    ...(requests.includes('list')
      ? {
          filters: {
            basic: ['id', 'title', 'standing', 'color'],
            order: ['id', 'title', 'standing', 'color', 'ordering'],
          },
          search: ['title'],
        }
      : {}),
    requests: requests.map((name) => rows[name]),
  });
  return { parts: [part] };
}
