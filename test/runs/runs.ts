import type { Report } from '../../src/runs/report/report.ts';
import type { Reply } from '../harness/http.ts';
import type { Tenant } from '../harness/world.ts';
import { controlled } from '../sandbox/control.ts';

export const runsOf = (tenant: Tenant): string => `deployments/${tenant.deployment.name}/runs`;

/** Does something while a run is on, and tells what the report says of it. */
export async function reportOn(
  tenant: Tenant,
  work: () => Promise<unknown>,
  afterwards: () => Promise<unknown> = async () => {},
): Promise<Report> {
  const { json } = await controlled(tenant, 'POST', runsOf(tenant), {});
  await work();
  await controlled(tenant, 'POST', `${runsOf(tenant)}/end`, {});
  await afterwards();
  const { text } = await controlled(tenant, 'GET', `${runsOf(tenant)}/${json.name}/report`);
  return JSON.parse(text) as Report;
}

/** What was found, by rule. */
export const found = ({ lints }: Report): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    lints
      .filter(({ findings }) => findings.length > 0)
      .map(({ id, findings }) => [id, findings.map(({ message }) => message)]),
  );

export type Ask = (method: string, path: string, form?: Readonly<Record<string, string>>) => Promise<Reply>;

/** A client of the API with one token; `more` headers go with each request. */
export const client =
  (tenant: Tenant, token: string, more: Readonly<Record<string, string>> = {}): Ask =>
  (method, path, form) =>
    tenant.send({
      method,
      path: `/api/v0/${path}`,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
        ...more,
      },
      ...(form ? { body: new URLSearchParams(form).toString() } : {}),
    });

export const advance = (tenant: Tenant, seconds: number) =>
  controlled(tenant, 'POST', `deployments/${tenant.deployment.name}/clock`, { advance: seconds });
