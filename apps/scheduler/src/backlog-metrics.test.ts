import { createMetrics } from '@evidence-fleet/service';
import { describe, expect, it } from '@jest/globals';
import type { FleetBacklog } from './backlog.ts';
import { createBacklogMetrics } from './backlog-metrics.ts';

const seen: FleetBacklog = {
  queues: [{ queue: 'sync', waiting: 2, active: 1, oldest: 30 }],
  quarantined: 3,
  openBreakers: 0,
};

const shown = (page: string) =>
  Object.fromEntries(
    [...page.matchAll(/^(fleet_(?:queue|scheduler)_\w+)\{.*\} (\S+)$/gm)].map(([, name, value]) => [name, value]),
  );

describe('the backlog among the metrics', () => {
  it('is looked for once for all of them, when they are read', async () => {
    const metrics = createMetrics({ process: 'test' });
    let looks = 0;
    createBacklogMetrics(metrics, async () => {
      looks += 1;
      return seen;
    });
    expect(looks).toBe(0);
    const [page] = await Promise.all([metrics.registry.metrics(), metrics.registry.metrics()]);
    expect(looks).toBe(1);
    expect(shown(page)).toEqual({
      fleet_queue_waiting: '2',
      fleet_queue_active: '1',
      fleet_queue_oldest_waiting_seconds: '30',
      fleet_scheduler_quarantined_integrations: '3',
      fleet_scheduler_open_breakers: '0',
    });
  });

  it('is not told while it cannot be looked at, and told again after', async () => {
    const metrics = createMetrics({ process: 'test' });
    const looks = [seen, null, seen];
    createBacklogMetrics(metrics, async () => looks.shift() ?? null);
    const pages: number[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      pages.push(Object.keys(shown(await metrics.registry.metrics())).length);
      await new Promise((resolve) => setTimeout(resolve, 1_010)); // what was seen is told for a second
    }
    expect(pages).toEqual([5, 0, 5]);
  });
});
