import { staffAt } from './people.ts';
import { tagSome } from './settings.ts';
import { statusAt } from './statuses.ts';
import * as words from './words.ts';
import { day, type SampleWriter } from './writer.ts';

/** One customer: what everything else that is written for it hangs on. */
export interface Customer {
  /** Its place among the customers, from 0. */
  readonly at: number;
  readonly company: number;
  readonly contact: number;
  /** Of the company's main contact. */
  readonly affiliation: number;
  readonly address: number;
  /** The host of its website and its mail. */
  readonly host: string;
  /** Unix seconds at which it became a customer. */
  readonly since: number;
  /** Who looks after it. */
  readonly manager: number;
}

export async function writeCustomer(w: SampleWriter, i: number): Promise<Customer> {
  const since = w.now - (100 + ((i * 7) % 900)) * day;
  const manager = staffAt(w, i);
  const dormant = i % 5 === 4;
  const name = `${words.pick(words.places, i)} ${words.pick(words.trades, Math.floor(i / words.places.length))} ${1 + Math.floor(i / 180)}`;
  const host = name.toLowerCase().replaceAll(' ', '-');
  const company = await w.put(
    'companies',
    {
      name,
      custom_id: `C-${i + 1}`,
      website: `https://www.${host}.example`,
      phone: `555 ${String(1_000 + i)}`,
      comments: `A customer since ${3_000 - (i % 40)}.`,
      date_created: since,
      status: statusAt(w, 'company', dormant ? 1 : 0),
      parent: i % 10 === 9 ? w.pick('companies', i - 1) : null,
    },
    { at: since + (dormant ? day : 0), by: manager },
  );
  await w.putMoves('companies', company, dormant ? 1 : 0, { at: since, by: manager });
  const address = await putAddress(w, 'company', company, i);
  const [main] = await writeContacts(w, i, { company, address, host, since, manager });
  await w.set('companies', company, { default_affiliation: main.affiliation, postal_address: address });
  await w.put('company_managers', { company, staff: manager });
  const segmentation = w.pick('segmentations', 0);
  const value = words.pick(words.trades, Math.floor(i / words.places.length));
  await w.put('segmentation_values', { segmentation, against_type: 'company', against_id: company, value });
  await tagSome(w, 'company', company, i);
  if (i % 6 === 5)
    await w.put(
      'referrals',
      {
        referrer_type: 'company',
        referrer_id: w.pick('companies', i - 5),
        against_type: 'company',
        against_id: company,
      },
      { at: since, by: manager },
    );
  return { at: i, company, address, host, since, manager, ...main };
}

async function putAddress(w: SampleWriter, type: string, id: number, i: number): Promise<number> {
  const street1 = `${1 + (i % 200)} ${words.pick(words.places, i + 3)} Street`;
  const city = words.pick(words.cities, i);
  const zipcode = String(10_000 + i);
  return w.put('addresses', {
    against_type: type,
    against_id: id,
    title: type === 'company' ? 'Head office' : 'At home',
    street1,
    city,
    zipcode,
    country: w.pick('countries', 0),
    state: w.pick('states', 0),
    postal: 1,
    physical: 1,
    full: `${street1}, ${city}, ${zipcode}, NNY, United States`,
    short: `${city}, ${zipcode}, NNY, United States`,
  });
}

interface Person {
  readonly contact: number;
  readonly affiliation: number;
}

/** The two people of a customer; the first is its main contact, and has an address and a username. */
async function writeContacts(
  w: SampleWriter,
  i: number,
  { company, address, host, since, manager }: Omit<Customer, 'at' | keyof Person>,
): Promise<readonly [Person, Person]> {
  const people: Person[] = [];
  for (let k = 0; k < 2; k++) {
    const firstname = words.pick(words.firstnames, i + k * 7);
    const surname = words.pick(words.surnames, i * 3 + k);
    const left = k === 1 && i % 7 === 6;
    const contact = await w.put(
      'contacts',
      {
        firstname,
        surname,
        username: k === 0 ? `${firstname}.${surname}.${i}`.toLowerCase() : null,
        timezone: 'America/New_York',
        status: statusAt(w, 'contact', left ? 1 : 0),
        date_created: since,
      },
      { at: since + (left ? day : 0), by: manager },
    );
    await w.putMoves('contacts', contact, left ? 1 : 0, { at: since, by: manager });
    const affiliation = await w.put(
      'affiliations',
      {
        company,
        contact,
        email: `${firstname}.${surname}.${i}@${host}.example`.toLowerCase(),
        phone: `555 ${2_000 + i}`,
        position: words.pick(['Director', 'Buyer', 'Engineer'], i + k),
        postal_address: address,
        physical_address: address,
        affiliation_status: statusAt(w, 'affiliation', left ? 1 : 0),
      },
      { at: since + (left ? day : 0), by: manager },
    );
    await w.putMoves('affiliations', affiliation, left ? 1 : 0, { at: since, by: manager });
    await w.set('contacts', contact, { default_affiliation: affiliation });
    people.push({ contact, affiliation });
  }
  const [main, other] = people as [Person, Person];
  if (i % 4 === 0) await putAddress(w, 'contact', main.contact, i + 7);
  await sortPeople(w, i, main);
  return [main, other];
}

async function sortPeople(w: SampleWriter, i: number, { contact, affiliation }: Person): Promise<void> {
  const value = i % 2 === 0 ? 'Monthly' : 'Never';
  await w.put('segmentation_values', {
    segmentation: w.pick('segmentations', 1),
    against_type: 'contact',
    against_id: contact,
    value,
  });
  await w.put('segmentation_values', {
    segmentation: w.pick('segmentations', 2),
    against_type: 'affiliation',
    against_id: affiliation,
    value: 'Decides',
  });
}
