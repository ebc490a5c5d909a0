/** Facts that only one side tells, documentation or catalogue, and why. */
export interface Entry {
  readonly facts: RegExp;
  readonly because: string;
}

/** Documented, and met in another way: in other words, or by the code that answers the request. */
export const otherwise: readonly Entry[] = [
  { facts: /^field activities permissions$/, because: 'an object whose keys no page tells' },
  {
    facts: /^(field|default) company_segmentation /,
    because: 'answered by segmentations.list, not rows of their own',
  },
  {
    facts: /^required holidays\.create (date_end|duration_seconds)$/,
    because: 'a sentence: only one of the two is required',
  },
  { facts: /^field holidays staff\(\)$/, because: 'the object is asked for with parentheses' },
  {
    facts: /^basic referrals (probability|standing)$/,
    because:
      'no documented object that is referred or refers has a probability here, and nothing tells whose standing',
  },
  { facts: /^field user (user_titles|user_access|locale)$/, because: 'GET user answers the account' },
  {
    facts: /^default \w+_progressions status$/,
    because: 'a list of available progressions always has the status',
  },
  {
    facts: /^(field|default) task_metadata_(managers|against) /,
    because: 'GET tasks/meta answers choices, not rows',
  },
  {
    facts: /^(field|default) activity_thread /,
    because: 'GET activities/threads answers groups of activities, not rows',
  },
  {
    facts: /^basic activities (staff_involved|scope)$/,
    because: 'filters of GET activities/threads, read by its verb',
  },
  {
    facts: /^(field|default) request_thread(s|_unresponded_counts) /,
    because: 'GET requests/threads answers what requests and their activities say, not rows',
  },
  {
    facts: /^basic requests (request_type_id|interact_from_staff)$/,
    because: 'filters of GET requests/threads, read by its verb',
  },
  {
    facts: /^field asset_object_link_fields /,
    because: 'keys of object_link_fields, which an asset type has',
  },
  { facts: /^(field|default) payloads /, because: 'what is posted to subscribers, not an object of the API' },
  {
    facts: /^(field|default) webhook_subscriptions user_deployment$/,
    because: 'the name of the deployment, returned by the verbs',
  },
  { facts: /^search issues subject$/, because: 'the subject of an issue is its title' },
  {
    facts: /^deprecated contracts owner_affiliation$/,
    because: 'a sentence: it replaces the deprecated affiliation',
  },
  {
    facts: /^required activities\.create (against_type|against_id)$/,
    because: 'a sentence gives each a default: the current user',
  },
];

/** In the catalogue, and not among the documented facts. */
export const extra: readonly Entry[] = [
  {
    facts: /^body custom_values\.set value/,
    because: 'a sentence: setting a value accepts the same fields as the update',
  },
  {
    facts: /^(basic|range|order|search) profile_values /,
    because: 'the page lists them under headings of another level; what its `unified` names is not told',
  },
  { facts: /^default extension_values field_name$/, because: 'documented as file_name; the sample has it' },
  {
    facts: /^request GET prospects\/probabilities$/,
    because: 'the evident plural of prospect/probabilities',
  },
  { facts: /^date prospects date_actioned$/, because: 'the evident spelling of dated_actioned' },
  {
    facts:
      /^body create prospects (comments|value|success|staff_id|date_due|weighting|progress|probability_id)$/,
    because: 'ours: what an update may say a creation may say too',
  },
  {
    facts: /^request GET assets\/links$|^(basic|order|date|range|object) asset_links /,
    because: 'documented under a heading that lost its path',
  },
  {
    facts: /^request (POST asset\/\{\}\/links|DELETE assets\/link\/\{\})$/,
    because: 'the paths of documented samples',
  },
  {
    facts: /^default asset_links /,
    because: 'a sentence: all fields of the asset link object are displayed by default',
  },
  { facts: /^body asset_links\.create description$/, because: 'the evident spelling of Description' },
  {
    facts: /^body requests\.threads _?include_unresponded_counts$/,
    because: 'a flag of the read; a sentence and a sample spell it differently',
  },
  { facts: /^request GET divisions\/\{\}$/, because: 'the evident plural of division/{id}' },
  { facts: /^request GET segmentation\/\{\}$/, because: 'the path of a documented sample' },
  { facts: /^basic segmentations title$/, because: 'the current page lists it' },
  { facts: /^field holidays staff$/, because: 'documented as staff()' },
  {
    facts: /^date signoffs date_|^date signoff_recipients date_/,
    because: 'the names of the fields, beside the documented short ones',
  },
  {
    facts: /^request (PUT signoffs\/\{\}|POST signoffs\/recipients)$/,
    because: 'the evident path, and the one of a documented sample',
  },
  {
    facts: /^body update signoff_attachments Standing$/,
    because: 'another revision of the page calls it so',
  },
  {
    facts: /^request GET invoices\/line_items$|^(basic|order|range|search) invoice_line_items /,
    because: 'documented under a heading that lost its path',
  },
  { facts: /^request GET tokeninfo$/, because: 'documented on the page about authentication' },
  { facts: /^request GET user$/, because: 'documented as a heading alone' },
  { facts: /^request GET users\/whoami$/, because: 'observed' },
  { facts: /^request GET contacts\/\{\}$/, because: 'the evident path: the documentation lost the id' },
  {
    facts: /^request PUT contact\/\{\}$/,
    because: 'the documentation names this path as the equivalent of DELETE',
  },
  { facts: /^request GET contracts\/periods$/, because: 'observed' },
  { facts: /^request GET contracts\/\{\}\/periods\/\{\}$/, because: 'the path of a documented sample' },
  { facts: /^field contacts physical_address$/, because: 'observed: that of the default affiliation' },
  { facts: /^date contracts date_expires$/, because: 'observed: the evident spelling of date_expired' },
  {
    facts: /^deprecated contracts affiliation$/,
    because: 'a sentence: owner_affiliation replaces the deprecated affiliation',
  },
  {
    facts: /^default contract_(periods|budgets) id$/,
    because: 'the documentation marks no default: an object without its id could not be told apart',
  },
  { facts: /^field quotes contact$/, because: "the documentation's own sample shows it" },
  {
    facts: /^body (create|update) quotes (terms|portal_access|affiliation|manager)$/,
    because: 'read names beside the documented write names: clients send whole entities back',
  },
  {
    facts:
      /^body create quotes (affiliation_id|manager_id|date_expiry|notes|introduction|conclusion|terms_and_conditions|client_portal_access)$/,
    because: 'a sentence: creation "accepts the same fields" as the update',
  },
  { facts: /^request GET affiliation$/, because: 'the path of a documented sample' },
  {
    facts: /^request (GET|PUT|DELETE) affiliation\/\{\}$/,
    because: 'documented so; the facts have the evident plural',
  },
  { facts: /^request (POST|PUT) \w+\/\{\}\/progressions\/\{\}$/, because: 'observed: without /auto' },
  { facts: /^field contacts status$/, because: 'the older name of contact_status' },
  { facts: /^body update companies standing$/, because: 'observed: standing is writable on companies' },
  { facts: /^search issues title$/, because: 'documented as the subject' },
  { facts: /^date jobs date_created$/, because: 'the evident spelling of dated_created' },
  { facts: /^order activities date_logged$/, because: 'observed' },
  { facts: /^body activities\.update medium$/, because: 'an older revision of the page lists it' },
  { facts: /^field activity_classes standing$/, because: 'the filters of the list call the status so' },
  {
    facts: /^(field|default) activity_interacts /,
    because: 'documented in the tables of requests, not as an object',
  },
  {
    facts: /^(field|default) webhook_subscriptions (subscription_id|date_disabled|disabled_because)$/,
    because: 'observed: subscription_id; ours: why a subscription is disabled',
  },
  {
    facts: /^request POST webhooks\/subscriptions\/\{\}\/trigger$/,
    because: 'the path of the documented sample',
  },
  { facts: /^deprecated tasks object_budget$/, because: 'samples show it beside its successor' },
  {
    facts: /^body create (jobs|issues) custom_id$/,
    because: 'ours: nothing documented writes this documented field',
  },
  { facts: /^body create tasks type_id$/, because: 'ours: nothing documented writes the type of a task' },
  {
    facts: /^body contacts\.create (middlename|username|password|title|comments|status|standing)$/,
    because: 'a sentence: creation "accepts all fields" of the update',
  },
  {
    facts: /^(body|required) contacts\.create (firstname|surname)$/,
    because: 'a sentence: firstname and surname are required',
  },
  {
    facts:
      /^body addresses\.create (state|state_id|country|country_id|title|street1|street2|city|zipcode|postcode|postal|physical)$/,
    because: 'a sentence: creation is configured as the update',
  },
];

/** Why a fact is on one of the lists; `undefined` when it is on none. */
export const reasonFor = (fact: string, ...lists: readonly (readonly Entry[])[]): string | undefined =>
  lists.flat().find(({ facts }) => facts.test(fact))?.because;
