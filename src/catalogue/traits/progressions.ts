import { link, text, unsigned } from '../fields.ts';
import { progressions as available, progress, type RequestRow } from '../request.ts';
import { resource, type Trait } from '../resource.ts';

interface More {
  readonly rows?: readonly RequestRow[];
  /** The link to the type of object that a move is for, such as `issue_type`. */
  readonly type?: string;
}

/**
 * Moves between statuses ("Progressions" of the reference): a row names the status it leads to, and the one it may leave
 * (none: any). Clients in the field run them by POST and PUT, with and without `/auto`.
 */
export function progressions(
  singular: string,
  plural: string,
  status: string,
  { rows = [], type }: More = {},
): Trait {
  const name = `${singular}_progressions`;
  const path = `${plural}/{${singular}_id}/progressions`;
  const part = resource({
    name,
    singular: `${singular}_progression`,
    plural: name,
    scope: plural,
    fields: {
      id: unsigned({ shown: 'default' }),
      title: text({ shown: 'default' }),
      status: link(`${singular}_statuses`),
      from: link(`${singular}_statuses`, { shown: 'hidden' }),
      ...(type === undefined ? {} : { [type]: link(`${type}s`, { shown: 'hidden' }) }),
    },
    filters: { basic: type === undefined ? [] : ['id', `${type}_id`] },
    titled: 'title',
    create: { required: ['title', 'status_id'], optional: ['from_id'] },
    parameters: { status_id: 'status', from_id: 'from' },
    requests: [],
  });
  return {
    progression: { status, table: name, history: 'progression_histories' },
    parts: [part],
    requests: [
      available(path),
      progress('POST', `${path}/{progression_id}/auto`),
      progress('PUT', `${path}/{progression_id}/auto`),
      progress('POST', `${path}/{progression_id}`),
      progress('PUT', `${path}/{progression_id}`),
      ...rows,
    ],
  };
}
