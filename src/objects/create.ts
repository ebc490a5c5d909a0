import { fieldNamed, resourceNamed } from '../catalogue/catalogue.ts';
import type { Stored } from '../catalogue/kinds/kind.ts';
import type { Brought, Resource } from '../catalogue/resource.ts';
import { expressionOf } from '../store/expression.ts';
import { selectRow } from '../store/select-named.ts';
import type { WriteContext } from '../store/write-context.ts';
import { insertObject } from './write.ts';
import type { Written } from './written.ts';

/** A new object as the API makes it: with what its resource brings along (a job has its budget). Answers its id. Refuses as `insertObject`. */
export async function createObject(
  context: WriteContext,
  resource: Resource,
  written: Written,
): Promise<number> {
  const id = await insertObject(context, resource, written);
  for (const brought of resource.brings) await bring(context, resource, id, brought);
  return id;
}

async function bring(context: WriteContext, of: Resource, id: number, brought: Brought): Promise<void> {
  const { catalogue, store, deployment } = context;
  const resource = resourceNamed(catalogue, brought.resource);
  const { reference } = fieldNamed(resource, brought.reference);
  if (!reference) throw new Error(`${resource.name}.${brought.reference} is no reference`);
  const copied = Object.entries(brought.with);
  const values: Record<string, Stored> = { [reference.type]: of.singular, [reference.id]: id };
  if (copied.length > 0) {
    const row = await selectRow(store, deployment, {
      table: of.name,
      select: Object.fromEntries(
        copied.map(([field, source]) => [field, expressionOf(catalogue, of, source)]),
      ),
      where: { test: '=', on: { column: 'id' }, value: id },
    });
    // A field without a value gets that of any new object.
    for (const [field, value] of Object.entries(row ?? {})) if (value !== null) values[field] = value;
  }
  await insertObject(context, resource, { values, names: {} });
}
