import { createProducer, type Producer } from '@evidence-fleet/queue';
import { createLogger } from '@evidence-fleet/service';
import {
  type Fleet,
  type FleetProcess,
  hastenRules,
  type Prometheus,
  type SpanReceiver,
  startFleet,
  startPrometheus,
  startSpanReceiver,
  until,
} from '@evidence-fleet/testbed';
import { Redis } from 'ioredis';
import { createGitHubTenant, type GitHubTenant } from '../../apps/worker/src/testing/github-tenant.ts';

/** A fleet that Prometheus watches by hastened rules, and whose traces are received. */
export interface Stage {
  readonly fleet: Fleet;
  readonly producer: Producer;
  readonly prometheus: Prometheus;
  readonly receiver: SpanReceiver;
  /** Starts a process and has it scraped for as long as the stage stands, also after its end. */
  start(kind: 'worker' | 'scheduler' | 'api', env?: Readonly<Record<string, string>>): Promise<FleetProcess>;
  /** A tenant with a small world, synced when it is asked for. */
  tenant(slug: string): Promise<GitHubTenant>;
  /** Resolves when all of these fire. */
  fires(...alerts: readonly string[]): Promise<void>;
  /** Which alerts have fired at some time. */
  readonly fired: ReadonlySet<string>;
  readonly redis: Redis;
  sql(text: string, values?: readonly unknown[]): Promise<void>;
  /** Nothing is due, nothing waits, no provider is at fault and no quota is remembered. */
  calm(): Promise<void>;
  close(): Promise<void>;
}

/** A window of 15 minutes becomes one of 3.75 s. */
const factor = 240;
const everyMs = 250;
const job = 'evidence-fleet';

/** More jobs at once than the 40 connections that a worker opens at most. */
const workerEnv = { SYNC_SLOTS: '3', SYNC_NOW_SLOTS: '60', HEALTH_SLOTS: '1', NOTIFY_SLOTS: '1', QUOTA_SHARE: '1' };
const quick = { worker: { ...workerEnv, SHUTDOWN_GRACE_MS: '200' }, scheduler: { TICK_MS: '200' }, api: {} };

export async function setStage(rules: string): Promise<Stage> {
  const closing: (() => unknown)[] = [];
  const opened = <T extends { close(): Promise<unknown> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  const receiver = opened(await startSpanReceiver()); // closed after the processes that send to it
  const fleet = opened(await startFleet());
  const prometheus = opened(await startPrometheus({ rules: hastenRules(rules, factor), job, everyMs }));
  const producer = opened(
    createProducer({ redis: fleet.redisUrl, log: createLogger({ name: 'test', level: 'silent' }) }),
  );
  const tenants: GitHubTenant[] = [];
  closing.push(() => Promise.all(tenants.map(({ github }) => github.close())));
  const redis = new Redis(fleet.redisUrl);
  closing.push(() => redis.disconnect());
  const sql = async (text: string, values: readonly unknown[] = []) => {
    await fleet.superuser.query(text, [...values]);
  };
  const watched: string[] = [];
  const fired = new Set<string>();
  return {
    fleet,
    producer,
    prometheus,
    receiver,
    fired,
    async start(kind, env) {
      const started = await fleet.start(kind, { ...quick[kind], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
      watched.push(new URL(started.healthUrl).host);
      await prometheus.watch(watched);
      return started;
    },
    async tenant(slug) {
      const tenant = await createGitHubTenant(fleet, slug, { size: smallWorld });
      tenants.push(tenant);
      return tenant;
    },
    async fires(...alerts) {
      await until(
        `${alerts.join(', ')} fire`,
        async () => {
          for (const alert of await prometheus.firing()) fired.add(alert);
          return alerts.every((alert) => fired.has(alert));
        },
        { ms: 45_000, everyMs: 100 },
      );
    },
    redis,
    sql,
    async calm() {
      for (const { github } of tenants) github.faults.clear();
      await sql('UPDATE integration SET next_sync_at = NULL, quarantined_run_id = NULL, status = $1', ['active']);
      await until('every run has ended', async () => {
        await sql(`UPDATE sync_run SET state = 'cancelled', finished_at = now() WHERE state IN ('queued', 'waiting')`);
        return (await fleet.superuser.query(`SELECT FROM sync_run WHERE state = 'running'`)).rowCount === 0;
      });
      const quotas = await redis.keys('fleet:{quota:*');
      if (quotas.length > 0) await redis.del(quotas);
    },
    async close() {
      for (const close of closing.toReversed()) await close();
    },
  };
}

const smallWorld = { seed: 6, repositories: 1, members: 3, pullRequests: 1, alerts: 3, denied: 0, teams: 1 };

/** Does something again and again until the work is done. */
export async function meanwhile<T>(again: () => Promise<unknown>, everyMs: number, work: Promise<T>): Promise<T> {
  let isDone = false;
  const loop = (async () => {
    while (!isDone) {
      await again();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  try {
    return await work;
  } finally {
    isDone = true;
    await loop;
  }
}

/** A process that stands still for a moment, as one that is starved or collects garbage. */
export async function standStill({ kill }: Pick<FleetProcess, 'kill'>, ms: number): Promise<void> {
  kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, ms));
  kill('SIGCONT');
}
