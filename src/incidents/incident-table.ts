import { defineTable } from '../store/schema.ts';

/** Incidents are the server's, not a tenant's: they are kept with the directory (deployment 0). */
export const incidentTable = defineTable(
  'incidents',
  ['fingerprint'],
  [
    'fingerprint!',
    'cause!',
    'title!',
    'count#!',
    'date_first#!',
    'date_last#!',
    'request_id',
    'about_deployment_id#',
    'method',
    'path',
    'detail',
  ],
  { indices: [['date_last']] },
);
