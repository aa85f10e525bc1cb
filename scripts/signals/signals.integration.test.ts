import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createToken, requestSync } from '@evidence-fleet/db';
import {
  createHold,
  type FleetProcess,
  freePort,
  prometheusAvailability,
  promtool,
  until,
} from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { GitHubTenant } from '../../apps/worker/src/testing/github-tenant.ts';
import { dashboard } from '../pages/dashboard.ts';
import { listMetrics } from '../pages/metrics-page.ts';
import { meanwhile, type Stage, setStage, standStill } from './stage.ts';

const availability = await prometheusAvailability();
if (!availability.available) console.warn(`The alerts are left out: ${availability.why}`);
const describeSignals = availability.available ? describe : describe.skip;

jest.setTimeout(90_000);

const deployed = (name: string) => fileURLToPath(new URL(`../../deploy/prometheus/${name}`, import.meta.url));
const rules = readFileSync(deployed('alerts.yml'), 'utf8');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
/** Calls for evidence, not those of the check. */
const forEvidence = /^\/(repos|orgs\/[^/?]+)\//;
const always = { match: forEvidence, times: Number.POSITIVE_INFINITY };

// One world for all: every step leaves behind what the next one begins with.
describeSignals('what a real fleet tells', () => {
  let stage: Stage;
  let scheduler: FleetProcess;
  let worker: FleetProcess;
  let api: FleetProcess;
  let call: (path: string, init?: RequestInit) => Promise<Response>;
  let tenants: GitHubTenant[];
  const one = (nth: number): GitHubTenant => tenants[nth] as GitHubTenant;

  beforeAll(async () => {
    stage = await setStage(rules);
    tenants = await Promise.all(['acme', 'bolt', 'crux', 'dyne'].map((slug) => stage.tenant(slug)));
    const port = String(await freePort());
    [scheduler, worker, api] = await Promise.all([
      stage.start('scheduler'),
      stage.start('worker'),
      stage.start('api', { API_PORT: port, API_RATE_PER_MINUTE: '300' }),
    ]);
    const { organizationId } = one(0);
    const scopes = ['syncs:write', 'runs:read'] as const;
    const { token } = await createToken(stage.fleet.database, {
      ...{ organizationId, name: 'test', scopes, days: 1, actor: 'test' },
    });
    call = (path, init = {}) =>
      fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}` },
      });
  });
  afterAll(() => stage?.close());

  const ask = async ({ organizationId, integrationId }: GitHubTenant) =>
    requestSync(stage.fleet.database, { organizationId, integrationId, types: [] });
  const ringFor = async ({ ring }: Awaited<ReturnType<typeof ask>>) => {
    if (ring) await stage.producer.ringSync([{ ...ring, queue: 'sync-now' }]);
  };
  /** No wait of a run is waited for. */
  const hurry = () =>
    stage.sql(`UPDATE sync_run SET available_at = least(available_at, now()) WHERE state = 'waiting'`);
  const again = ({ integrationId }: GitHubTenant) =>
    stage.sql(`UPDATE integration SET status = 'active', next_sync_at = now() WHERE id = $1`, [integrationId]);

  const dueAnHourAgo = ({ integrationId }: GitHubTenant) =>
    stage.sql(`UPDATE integration SET next_sync_at = now() - interval '1 hour' WHERE id = $1`, [integrationId]);

  it('has rules that Prometheus takes, and that wait as long as they say', async () => {
    await promtool('check', 'rules', deployed('alerts.yml'));
    await promtool('test', 'rules', deployed('alerts.test.yml'));
  });

  it('writes the trace of a run from its due date to the database, without a word of the tenant', async () => {
    await one(0).due();
    const { id } = await one(0).run('ends', ({ state }) => state === 'partial');
    const { spans, bodies } = stage.receiver;
    const root = await until('the run is received', () =>
      spans.find((span) => span.name === 'sync.schedule' && span.attributes['fleet.run.id'] === id),
    );
    const ofTrace = () => spans.filter(({ traceId }) => traceId === root.traceId);
    const run = await until('its attempt is received', () => ofTrace().find(({ name }) => name === 'sync.run'));
    expect(root).toMatchObject({ service: 'evidence-fleet-scheduler', parentSpanId: undefined });
    expect(run).toMatchObject({ service: 'evidence-fleet-worker', parentSpanId: root.spanId });
    expect(run.attributes).toMatchObject({ 'fleet.outcome': 'partial', 'fleet.connector': 'github' });

    const trace = ofTrace();
    const parentOf = (name: string) => {
      const { parentSpanId } = trace.find((span) => span.name === name) ?? {};
      return trace.find(({ spanId }) => spanId === parentSpanId)?.name;
    };
    expect(parentOf('stream')).toBe('sync.run');
    expect(parentOf('evidence.commit')).toBe('stream');
    expect(parentOf('evidence.close')).toBe('stream');
    expect(parentOf('controls.judge')).toBe('sync.run');
    // GitHub's paths name organizations, and its connector does not say which part is a name.
    const calls = trace.filter(({ name }) => name === 'provider.call');
    expect(new Set(calls.map(({ attributes }) => attributes['fleet.operation']))).toEqual(new Set(['GET']));
    expect(trace.filter(({ parentSpanId }) => !trace.some(({ spanId }) => spanId === parentSpanId))).toEqual([root]);
    for (const secret of [one(0).world.tokens[0]?.secret, 'acme', 'example-org-1', 'example-org-1-user-1'])
      expect(bodies.join()).not.toContain(secret);
  });

  it('lists every metric that its processes show in docs/metrics.md', async () => {
    const listed = listMetrics();
    for (const [kind, { healthUrl }] of [
      ['scheduler', scheduler],
      ['worker', worker],
      ['api', api],
    ] as const) {
      const page = await (await fetch(`${healthUrl}/metrics`)).text();
      const shown = [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
      const expected = listed.filter(({ processes }) => processes.includes(kind));
      expect(shown.toSorted()).toEqual(expected.map(({ name, type }) => `${name} ${type}`).toSorted());
    }
  });

  it('raises no alarm while all is well', async () => {
    await one(0).quiet();
    await until('nothing fires', async () => (await stage.prometheus.firing()).length === 0);
  });

  it('goes on with the trace of whoever asks the API', async () => {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const headers = { traceparent: `00-${traceId}-${spanId}-01` };
    const asked = await call(`/integrations/${one(0).integrationId}/sync`, { method: 'POST', headers });
    expect(asked.status).toBe(202);
    const received = (name: string) =>
      until(`${name} is received`, () =>
        stage.receiver.spans.find((span) => span.traceId === traceId && span.name === name),
      );
    const request = await received('api.syncIntegration');
    expect(request).toMatchObject({ service: 'evidence-fleet-api', parentSpanId: spanId });
    expect(await received('sync.run')).toMatchObject({ parentSpanId: request.spanId });
  });

  it('tells of streams, doorbells that are not taken, and an API that fails', async () => {
    const told = async (metric: string) => (await stage.prometheus.query(metric))[0]?.value ?? 0;
    await stage.redis.config('SET', 'maxmemory', '1'); // full: nothing is written
    const asked = await call(`/integrations/${one(0).integrationId}/sync`, { method: 'POST' });
    expect(asked.status).toBe(202);
    const { runId } = (await asked.json()) as { runId: string };
    await until('it is told', async () => (await told('fleet_api_ring_failures_total')) > 0);
    await stage.sql(`UPDATE sync_run SET available_at = now() + interval '1 hour' WHERE id = $1`, [runId]);
    await stage.redis.config('SET', 'maxmemory', '0');

    const hangUp = new AbortController();
    await call(`/runs/${runId}/events`, { signal: hangUp.signal });
    await until('an open stream is told', async () => (await told('fleet_api_streams_active')) === 1);
    hangUp.abort();

    await stage.sql('REVOKE SELECT ON sync_run FROM fleet_app');
    await meanwhile(() => call('/runs'), 100, stage.fires('FleetApiFails'));
    await stage.sql('GRANT SELECT ON sync_run TO fleet_app');
    const many = await Promise.all(Array.from({ length: 400 }, () => call('/runs')));
    expect(many.map(({ status }) => status)).toContain(429);
    await stage.calm();
  });

  it('tells of a provider that throttles', async () => {
    one(1).github.faults.add({ kind: 'status', status: 429, headers: { 'retry-after': '1' }, ...always });
    await again(one(1));
    await meanwhile(hurry, 200, stage.fires('FleetProviderThrottles'));
    await stage.calm();
  });

  it('tells of a provider that fails, and of syncs that do', async () => {
    one(2).github.faults.add({ ...always, kind: 'status', status: 503, match: /./ });
    one(3).github.faults.add({ ...always, kind: 'status', status: 401, match: /./ });
    const repeated = () => Promise.all([hurry(), again(one(2)), again(one(3))]);
    await meanwhile(repeated, 200, stage.fires('FleetProviderErrors', 'FleetRunsFail'));
    await stage.calm();
  });

  it('tells of a quota that is used up', async () => {
    one(1).github.faults.add({ kind: 'status', status: 429, headers: { 'retry-after': '3600' }, ...always });
    await again(one(1));
    await meanwhile(hurry, 200, stage.fires('FleetQuotaUsedUp'));
    await stage.calm();
  });

  it('tells of an integration that was put aside', async () => {
    const requested = await ask(one(0));
    await stage.sql('UPDATE sync_run SET crash_count = 5 WHERE id = $1', [requested.runId]);
    await ringFor(requested);
    await stage.fires('FleetRunsQuarantined');
    await stage.calm();
  });

  it('tells of jobs that throw, and of a scheduler that fails', async () => {
    await stage.sql('REVOKE INSERT ON sync_attempt FROM fleet_app');
    await stage.sql('REVOKE SELECT (next_health_at) ON integration FROM fleet_scheduler');
    await ringFor(await ask(one(0)));
    await stage.fires('FleetJobsFail', 'FleetSchedulerFails');
    await stage.sql('GRANT INSERT ON sync_attempt TO fleet_app');
    await stage.sql('GRANT SELECT (next_health_at) ON integration TO fleet_scheduler');
    await stage.calm();
  });

  it('tells of a pool that is used up', async () => {
    const locker = await stage.fleet.superuser.connect();
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE sync_run');
    const nobodys = () =>
      ({ organizationId: randomUUID(), runId: randomUUID(), ring: 1, rank: 1, queue: 'sync-now' }) as const;
    await stage.producer.ringSync(Array.from({ length: 60 }, nobodys));
    await stage.fires('FleetDatabasePoolFull');
    await locker.query('ROLLBACK');
    locker.release();
  });

  it('tells of workers that die with their runs', async () => {
    const held = createHold();
    for (const { github } of tenants) github.faults.add({ ...held.fault, ...always });
    for (const tenant of tenants) await again(tenant);
    await held.reached;
    const running = `SELECT FROM sync_run WHERE state = 'running'`;
    await until('three runs are held', async () => (await stage.fleet.superuser.query(running)).rowCount === 3);
    worker.kill('SIGKILL');
    await worker.ended;
    await stage.sql(`UPDATE sync_run SET lease_until = now() WHERE state = 'running'`);
    held.release();
    await stage.fires('FleetWorkersCrash', 'FleetProcessDown');
    await stage.calm();
  });

  it('tells of work that waits for too long, and of a process that stands still or grows', async () => {
    await dueAnHourAgo(one(1));
    const { runId } = await ask(one(0));
    await stage.sql(`UPDATE sync_run SET available_at = now() - interval '1 hour' WHERE id = $1`, [runId]);
    await addOldCheck(stage.fleet.redisUrl, one(2));
    const ballast = 'data:text/javascript,globalThis.ballast=Buffer.alloc(450e6,1)';
    const heavy = await stage.start('scheduler', { NODE_OPTIONS: `--import=${ballast}` });
    const late = ['FleetScheduledSyncsLate', 'FleetRequestedSyncsLate', 'FleetChecksLate'];
    const all = stage.fires(...late, 'FleetEventLoopSlow', 'FleetMemoryHigh');
    await meanwhile(() => standStill(heavy, 80), 100, all);
    await heavy.close();
  });

  it('tells of syncs that begin late', async () => {
    worker = await stage.start('worker');
    const delays = 'fleet_run_start_delay_seconds_count';
    await until('it is scraped', async () => (await stage.prometheus.query(delays)).length > 0);
    await dueAnHourAgo(one(3));
    await stage.fires('FleetSyncsStartLate');
  });

  it('tells when no scheduler runs, and of sources that forget', async () => {
    await stage.calm(); // a sync that ends later would say that nothing is forgotten
    await scheduler.close();
    await stage.fires('FleetSchedulerAbsent');
    await stage.sql(
      `UPDATE integration SET forgets_at = now() + interval '1 hour', forgets_type = 'test.audit', retention_warns_at = now(),
         breaker_until = now() WHERE id = $1`,
      [one(0).integrationId],
    );
    scheduler = await stage.start('scheduler');
    await stage.fires('FleetSourceForgets');
  });

  it('has played every alert, and every metric of alerts and dashboard has moved', async () => {
    expect([...stage.fired].toSorted()).toEqual(alerts.toSorted());
    const named = new Set(`${rules}\n${dashboard()}`.match(/\b(fleet|nodejs|process)_[a-z0-9_]+/g));
    const still: string[] = [];
    for (const { name, type } of listMetrics()) {
      const series = type === 'histogram' ? `${name}_count` : name;
      const isNamed = [name, `${name}_bucket`, `${name}_count`].some((one) => named.has(one));
      if (!isNamed || settings.has(name)) continue;
      const moved = await stage.prometheus.query(
        `count(max without (instance) (max_over_time(${series}[10m])) != min without (instance) (min_over_time(${series}[10m])))`,
      );
      if (moved.length === 0) still.push(name);
    }
    expect(still).toEqual([]);
  });

  it('draws every line of the dashboard', async () => {
    const queries = [...dashboard().matchAll(/"expr": (".*")/g)].map(([, json]) => String(JSON.parse(String(json))));
    expect(queries.length).toBeGreaterThan(30);
    const empty: string[] = [];
    for (const query of queries) {
      const asked = query.replaceAll('$__rate_interval', '10m').replaceAll('$connector', '.*');
      if ((await stage.prometheus.query(asked)).length === 0) empty.push(query);
    }
    expect(empty).toEqual([]);
  });
});

/** What stands as it was set. */
const settings = new Set(['fleet_slots', 'fleet_database_connections_limit']);

/** The job of a check that has stood there for an hour. */
async function addOldCheck(redisUrl: string, { organizationId, integrationId }: GitHubTenant): Promise<void> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('health', { connection, prefix: '{health}' });
  await queue.add(
    'health',
    { organizationId, integrationId },
    { jobId: integrationId, timestamp: Date.now() - 3_600_000 },
  );
  await queue.close();
  connection.disconnect();
}
