import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dashboard } from './dashboard.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const rules = read('deploy/prometheus/alerts.yml');
const documented = new Set([...read('docs/metrics.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);

/** What queries call by name, without what Prometheus makes of a histogram. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(fleet|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map((name) => (documented.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))))];
}

describe('the page on metrics', () => {
  it.each([
    ['the alerts', rules],
    ['the dashboard', dashboard()],
  ])('has every metric of %s', (_, text) => {
    const names = metricsIn(text);
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !documented.has(name))).toEqual([]);
  });
});

describe('the alerts', () => {
  it('have a page each, which says what it means, what to look at and what to do', () => {
    const pages = readdirSync(new URL('docs/runbooks', root)).map((file) => file.replace(/\.md$/, ''));
    expect(pages.toSorted()).toEqual(alerts.toSorted());
    for (const alert of alerts) {
      expect(rules).toContain(`runbook_url: docs/runbooks/${alert}.md`);
      const page = read(`docs/runbooks/${alert}.md`);
      expect(page).toMatch(new RegExp(`^# ${alert}$`, 'm'));
      for (const part of ['Means', 'Look at', 'Do']) expect(page).toContain(`**${part}.**`);
    }
  });

  it('name no metric in their pages that does not exist', () => {
    for (const alert of alerts) {
      const names = metricsIn(read(`docs/runbooks/${alert}.md`));
      expect(names.filter((name) => !documented.has(name))).toEqual([]);
    }
  });
});
