import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { Action } from './action.ts';
import {
  activitiesAllocations,
  activitiesCountInteracts,
  activitiesInteracts,
  activitiesList,
} from './activities.read.ts';
import { activitiesCountThreads, activitiesThread, activitiesThreads } from './activities.threads.ts';
import { activitiesCreate, activitiesReport, activitiesUpdate } from './activities.ts';
import { addressesCreate, addressesUpdate } from './addresses.ts';
import { companyManagersAdd, companyManagersList, companyManagersRemove } from './company_managers.ts';
import { contactsCreate, contactsDeactivate, contactsUpdate } from './contacts.ts';
import { staffCreate } from './staff.create.ts';
import { staffWhoami } from './staff.whoami.ts';
import { tasksMeta } from './tasks.meta.ts';
import { tokeninfo, user } from './user.ts';

/** By the name the catalogue's rows use. */
const actions: Readonly<Record<string, Action>> = Object.freeze({
  'activities.allocations': activitiesAllocations,
  'activities.countInteracts': activitiesCountInteracts,
  'activities.countThreads': activitiesCountThreads,
  'activities.create': activitiesCreate,
  'activities.interacts': activitiesInteracts,
  'activities.list': activitiesList,
  'activities.report': activitiesReport,
  'activities.thread': activitiesThread,
  'activities.threads': activitiesThreads,
  'activities.update': activitiesUpdate,
  'addresses.create': addressesCreate,
  'addresses.update': addressesUpdate,
  'company_managers.add': companyManagersAdd,
  'company_managers.list': companyManagersList,
  'company_managers.remove': companyManagersRemove,
  'contacts.create': contactsCreate,
  'contacts.deactivate': contactsDeactivate,
  'contacts.update': contactsUpdate,
  'staff.create': staffCreate,
  'staff.whoami': staffWhoami,
  'tasks.meta': tasksMeta,
  tokeninfo,
  user,
});

/** An action by its name; one that is not there is a defect of the catalogue, found when the server starts. */
export function actionNamed(name: string): Action {
  const found = actions[name];
  if (!found) throw new Error(`the catalogue names an action ${name}, which does not exist`);
  return found;
}

/** Refuses to start with a row that names an action which does not exist, or one that reads under a method that writes. */
export function checkActions(catalogue: Catalogue): void {
  for (const resource of catalogue.resources.values()) {
    for (const { action, method, path } of resource.requests) {
      if (action === undefined) continue;
      const { kind } = actionNamed(action);
      if (kind === 'read' && method !== 'GET')
        throw new Error(`${method} ${path} writes, but its action ${action} only reads`);
    }
  }
}
