import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHealthServer, type HealthServer } from './health-server.ts';
import { createMetrics } from './metrics.ts';

const metrics = createMetrics({ process: 'worker' });
const runs = metrics.counter({ name: 'fleet_runs_total', help: 'Runs that ended.', labelNames: ['outcome'] });
metrics.gauge({ name: 'fleet_open_runs', help: 'Runs in progress.', collect: (gauge) => gauge.set(7) });
metrics.histogram({ name: 'fleet_run_seconds', help: 'Length of a run.', buckets: [1, 10] }).observe(3);

let isReady = true;
let server: HealthServer;

beforeAll(async () => {
  server = await createHealthServer({
    host: '127.0.0.1',
    port: 0,
    live: () => undefined,
    ready: {
      postgres: async () => {
        if (!isReady) throw new Error('planted: password of postgresql://app:pw@db');
      },
      redis: async () => undefined,
    },
    metrics,
  });
});
afterAll(() => server.close());

const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

describe('health server', () => {
  it('is live', async () => {
    const response = await get('/live');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', checks: { live: 'ok' } }]);
  });

  it('names the check that failed and nothing of the reason', async () => {
    isReady = true;
    const ready = await get('/ready?x=1');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', checks: { postgres: 'ok', redis: 'ok' } },
    ]);
    isReady = false;
    const failed = await get('/ready');
    expect([failed.status, await failed.json()]).toEqual([
      503,
      { status: 'failed', checks: { postgres: 'failed', redis: 'ok' } },
    ]);
    expect((await get('/live')).status).toBe(200);
  });

  it('shows metrics with the process as a label', async () => {
    runs.inc({ outcome: 'succeeded' }, 2);
    const response = await get('/metrics');
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('fleet_runs_total{outcome="succeeded",process="worker"} 2');
    expect(text).toContain('fleet_open_runs{process="worker"} 7');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds{process="worker"}');
  });

  it('answers nothing else', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/live', 'POST')).status).toBe(405);
    expect((await get('/live', 'HEAD')).status).toBe(200);
  });

  it('says when it cannot listen', async () => {
    const check = () => undefined;
    const second = createHealthServer({ host: '127.0.0.1', port: server.port, live: check, ready: check, metrics });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('keeps two processes apart in one', () => {
    expect(() =>
      createMetrics({ process: 'scheduler' }).counter({ name: 'fleet_runs_total', help: 'x' }),
    ).not.toThrow();
  });
});
