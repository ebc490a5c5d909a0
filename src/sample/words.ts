/** What the sample data is made of. Deterministic: the same rows at every start, so that examples stay true. */
export const people = [
  ['Hermes', 'Conrad'],
  ['Philip', 'Fry'],
  ['Turanga', 'Leela'],
  ['Hubert', 'Farnsworth'],
  ['Amy', 'Wong'],
  ['John', 'Zoidberg'],
  ['Bender', 'Rodriguez'],
  ['Scruffy', 'Scruffington'],
] as const;

/** Those who work here no longer: one is locked out, one inactive. */
export const gone = [
  ['Zapp', 'Brannigan'],
  ['Ogden', 'Wernstrom'],
] as const;

export const positions = [
  'Bureaucrat',
  'Delivery Boy',
  'Captain',
  'Professor',
  'Intern',
  'Doctor',
  'Robot',
  'Janitor',
] as const;

export const firstnames = [
  'Ada',
  'Bruno',
  'Carla',
  'Dmitri',
  'Elena',
  'Farid',
  'Greta',
  'Hiro',
  'Ines',
  'Jonas',
  'Kira',
  'Luca',
  'Mona',
  'Nils',
  'Olga',
  'Pavel',
  'Quinn',
  'Rosa',
  'Sami',
  'Tara',
] as const;

export const surnames = [
  'Adler',
  'Brandt',
  'Castro',
  'Dunn',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Haddad',
  'Ito',
  'Jansen',
  'Kowalski',
  'Lindgren',
  'Moreau',
  'Novak',
  'Okafor',
  'Petrov',
  'Quist',
  'Rossi',
  'Schmidt',
  'Tanaka',
] as const;

export const trades = [
  'Robotics',
  'Freight',
  'Brewing',
  'Optics',
  'Foods',
  'Textiles',
  'Media',
  'Energy',
  'Mining',
  'Studios',
  'Pharma',
  'Marine',
] as const;
export const places = [
  'Mars',
  'Luna',
  'Neptune',
  'Omicron',
  'Amphibios',
  'Decapod',
  'Vergon',
  'Titan',
  'Europa',
  'Io',
  'Chapek',
  'Tarantulon',
  'Wormulon',
  'Osiris',
  'Eternium',
] as const;
export const cities = ['New New York', 'Mars Vegas', 'Low Angeles', 'Nylar', 'Luna City', 'Atlanta'] as const;
export const jobs = [
  'Annual delivery contract',
  'Website redesign',
  'Warehouse move',
  'Fleet audit',
  'Packaging refresh',
  'Customs clearance',
  'Support portal',
] as const;
export const jobStages = ['Preparation', 'Delivery', 'Acceptance'] as const;
export const tasks = [
  'Call the customer',
  'Write the proposal',
  'Load the ship',
  'Check the papers',
  'Fix the engine',
  'Deliver the package',
  'Send the invoice',
] as const;
export const issues = [
  'Package arrived damaged',
  'Cannot sign in to the portal',
  'Wrong planet',
  'Late delivery',
  'Invoice does not add up',
] as const;
export const notes = [
  'Good news, everyone',
  'Progress this week',
  'Question about the schedule',
  'Minutes of our meeting',
  'Travel report',
] as const;

export const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
