import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Action } from '../request/08-operation/action.ts';
import {
  activitiesAllocations,
  activitiesCountInteracts,
  activitiesInteracts,
  activitiesList,
} from './activities.read.ts';
import { activitiesCountThreads, activitiesThread, activitiesThreads } from './activities.threads.ts';
import { activitiesCreate, activitiesRemove, activitiesReport, activitiesUpdate } from './activities.ts';
import { addressesCreate, addressesUpdate } from './addresses.ts';
import { assetLinksCreate, assetLinksList } from './asset_links.ts';
import { collectionsList } from './collections.list.ts';
import { companyManagersAdd, companyManagersList, companyManagersRemove } from './company_managers.ts';
import { contactsCreate, contactsDeactivate, contactsUpdate } from './contacts.ts';
import { contractPeriodsClose, contractPeriodsOpen } from './contract_periods.ts';
import { customValuesList, customValuesSet, customValuesUpdate } from './custom_values.ts';
import { expensesCreate } from './expenses.create.ts';
import { filtersRun } from './filters.run.ts';
import { holidaysCreate, holidaysUpdate } from './holidays.ts';
import { requestsCreate } from './requests.create.ts';
import { requestsThreads, requestsTypes } from './requests.threads.ts';
import { resourcesDownload } from './resources.download.ts';
import { resourcesUpload } from './resources.upload.ts';
import { segmentationsList } from './segmentations.list.ts';
import {
  signoffRecipientsUpdate,
  signoffsAttach,
  signoffsRedraft,
  signoffsSend,
  signoffsUpdate,
} from './signoffs.ts';
import { staffCreate } from './staff.create.ts';
import { staffWhoami } from './staff.whoami.ts';
import { tasksMeta } from './tasks.meta.ts';
import { timeExternalsConvert } from './time_externals.ts';
import { timersCreate, timersList, timersPause, timersRead, timersStart, timersUpdate } from './timers.ts';
import { tokeninfo, user } from './user.ts';
import { webhooksDispatch, webhooksTrigger } from './webhooks.trigger.ts';
import { webhooksCreate, webhooksList, webhooksRemove, webhooksTypes } from './webhooks.ts';

/** By the name the catalogue's rows use. */
const actions: Readonly<Record<string, Action>> = Object.freeze({
  'activities.allocations': activitiesAllocations,
  'activities.countInteracts': activitiesCountInteracts,
  'activities.countThreads': activitiesCountThreads,
  'activities.create': activitiesCreate,
  'activities.interacts': activitiesInteracts,
  'activities.list': activitiesList,
  'activities.remove': activitiesRemove,
  'activities.report': activitiesReport,
  'activities.thread': activitiesThread,
  'activities.threads': activitiesThreads,
  'activities.update': activitiesUpdate,
  'addresses.create': addressesCreate,
  'addresses.update': addressesUpdate,
  'asset_links.create': assetLinksCreate,
  'asset_links.list': assetLinksList,
  'collections.list': collectionsList,
  'company_managers.add': companyManagersAdd,
  'company_managers.list': companyManagersList,
  'company_managers.remove': companyManagersRemove,
  'contacts.create': contactsCreate,
  'contacts.deactivate': contactsDeactivate,
  'contacts.update': contactsUpdate,
  'contract_periods.close': contractPeriodsClose,
  'contract_periods.open': contractPeriodsOpen,
  'custom_values.list': customValuesList,
  'custom_values.set': customValuesSet,
  'custom_values.update': customValuesUpdate,
  'filters.run': filtersRun,
  'expenses.create': expensesCreate,
  'holidays.create': holidaysCreate,
  'holidays.update': holidaysUpdate,
  'requests.create': requestsCreate,
  'requests.threads': requestsThreads,
  'requests.types': requestsTypes,
  'resources.download': resourcesDownload,
  'resources.upload': resourcesUpload,
  'segmentations.list': segmentationsList,
  'signoff_recipients.update': signoffRecipientsUpdate,
  'signoffs.attach': signoffsAttach,
  'signoffs.redraft': signoffsRedraft,
  'signoffs.send': signoffsSend,
  'signoffs.update': signoffsUpdate,
  'staff.create': staffCreate,
  'staff.whoami': staffWhoami,
  'tasks.meta': tasksMeta,
  'time_externals.convert': timeExternalsConvert,
  'timers.create': timersCreate,
  'timers.list': timersList,
  'timers.pause': timersPause,
  'timers.read': timersRead,
  'timers.start': timersStart,
  'timers.update': timersUpdate,
  tokeninfo,
  user,
  'webhooks.create': webhooksCreate,
  'webhooks.dispatch': webhooksDispatch,
  'webhooks.list': webhooksList,
  'webhooks.remove': webhooksRemove,
  'webhooks.trigger': webhooksTrigger,
  'webhooks.types': webhooksTypes,
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
