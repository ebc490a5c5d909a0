import type { Field } from '../catalogue/fields.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import { parseAccess } from '../identity/people.ts';

/** A stored value as a file has it: numbers that the wire shows as they are kept stay numbers, levels of access are an object. */
export function writtenValue({ kind, shown, to }: Field, name: string, stored: Stored): unknown {
  if (stored === null || to !== undefined || !kind.holds(stored)) return stored;
  if (name === 'access' && shown === 'hidden') {
    const { everything, single } = parseAccess(String(stored));
    return { everything, ...single };
  }
  const wire = kind.wire(stored);
  return typeof stored === 'number' && wire === String(stored) ? stored : wire;
}
