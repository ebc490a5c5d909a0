import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { sqlite } from '../harness/engines.ts';
import { closeConnections } from '../harness/http.ts';
import { startWorld } from '../harness/world.ts';
import { executable, launchOptions } from './chromium.ts';

const missing = executable === undefined ? 'no chromium on the path' : undefined;

interface Answered {
  readonly http: number;
  readonly names: readonly string[];
}

/** Runs in the page. */
async function ask({ url, token, body }: { url: string; token: string; body: string }): Promise<Answered> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body,
  });
  const { response: rows } = (await response.json()) as { response: readonly { name: string }[] | null };
  return { http: response.status, names: (rows ?? []).map(({ name }) => name) };
}

test(
  'a page of another origin sends filters that are too long for a URL',
  missing && !process.env.CI ? { skip: missing } : {},
  async () => {
    assert.ok(executable, 'CI needs chromium');
    const world = await startWorld(sqlite, { 'default-deployment': 'browser' });
    const elsewhere = createServer((_, response) => response.end('<!doctype html><title>A client</title>'));
    const browser = await chromium.launch(launchOptions);
    try {
      const tenant = await world.tenant({ name: 'browser' });
      await tenant.put('companies', { name: 'Planet Express' });
      await tenant.put('companies', { name: 'MomCorp' });
      const { store } = world.server.world;
      await store.within((writing) =>
        writing.update(
          tenant.deployment.id,
          'applications',
          { id: tenant.web.application.id },
          { allow_domains: '["localhost"]' },
        ),
      );
      elsewhere.listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
      const ids = Array.from({ length: 900 }, (_, i) => String(900_000 + i)).join();
      for (const [query, more] of [
        ['?_method=get', {}],
        ['', { _method: 'GET' }],
      ] as const) {
        const body = JSON.stringify({ ...more, _filters: `_OR(search(momcorp),id(${ids}))` });
        const url = `http://127.0.0.1:${world.server.port}/api/v0/companies${query}`;
        const answered = await page.evaluate(ask, { url, token: tenant.token, body });
        assert.deepEqual(answered, { http: 200, names: ['MomCorp'] }, query);
      }
    } finally {
      await browser.close();
      elsewhere.closeAllConnections();
      elsewhere.close();
      closeConnections();
      await world.close();
    }
  },
);
