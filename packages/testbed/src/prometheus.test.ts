import { expect, it } from '@jest/globals';
import { hastenRules } from './prometheus.ts';

it('hastens how long a condition lasts and the windows it looks at, and nothing else', () => {
  const rules = `
      - alert: Slow
        expr: rate(requests_total{code="5m"}[10m]) > 900 and max_over_time(lag[1h]) > 60
        for: 2m
        annotations:
          summary: lasts for: 2m`;
  expect(hastenRules(rules, 120)).toBe(`
      - alert: Slow
        expr: rate(requests_total{code="5m"}[5000ms]) > 900 and max_over_time(lag[30000ms]) > 60
        for: 1000ms
        annotations:
          summary: lasts for: 2m`);
});
