import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, startFleet, until } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { createGitHubTenant, type GitHubTenant } from './testing/github-tenant.ts';

const size = { repositories: 2, members: 5, pullRequests: 2, alerts: 5, denied: 0 };
const env = { PRELOAD: 'true', SYNC_SLOTS: '2', TICK_MS: '200', QUOTA_SHARE: '1' };

jest.setTimeout(120_000);

describe('a release', () => {
  let fleet: Fleet;
  let tenants: GitHubTenant[];
  let isOver = false;

  beforeAll(async () => {
    fleet = await startFleet();
    tenants = await Promise.all(
      [1, 2, 3, 4].map((seed) => createGitHubTenant(fleet, `tenant-${seed}`, { size: { ...size, seed }, delayMs: 5 })),
    );
    await fleet.superuser.query(
      `ALTER TABLE sync_run ALTER types SET DEFAULT '{github.organization,github.repository}'`,
    );
  }, 60_000);
  afterAll(async () => {
    await fleet?.close();
    for (const { github } of tenants ?? []) await github.close();
  });

  const count = async (what: string): Promise<number> => {
    const { rows } = await fleet.superuser.query<{ count: number }>(`SELECT count(*)::int ${what}`);
    return rows[0]?.count ?? 0;
  };

  /** Sync after sync of few calls: all tenants share the quota of one account. */
  async function load({ integrationId, due, quiet }: GitHubTenant): Promise<void> {
    const made = () => count(`FROM sync_run WHERE integration_id = '${integrationId}'`);
    while (!isOver) {
      const before = await made();
      await due();
      await until('a run is made', async () => (await made()) > before);
      await quiet();
      await sleep(1_000);
    }
  }

  async function further(runs: number, worker?: string): Promise<void> {
    const of = worker === undefined ? '' : ` AND worker LIKE '%-${worker}'`;
    const ended = `FROM sync_attempt WHERE released_at IS NOT NULL${of}`;
    const before = await count(ended);
    await until(`${runs} more runs have ended`, async () => (await count(ended)) >= before + runs, { ms: 60_000 });
  }

  it('is rolled out under load: the old worker lives through the migration and beside the new one, and no sync fails', async () => {
    const [scheduler, old] = await Promise.all([fleet.start('scheduler', env), fleet.start('worker', env)]);
    const loads = tenants.map(load);
    await further(8);

    const migrator = new pg.Client({ connectionString: fleet.urls.migrator });
    await migrator.connect();
    // The one change that fits the release before: a column that may be missing.
    const { rows: tables } = await migrator.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '^_prisma'`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) await migrator.query(`ALTER TABLE ${name} ADD COLUMN of_next_release text`);
    await migrator.end();
    await further(4);

    const [, next] = await Promise.all([fleet.start('scheduler', env), fleet.start('worker', env)]);
    await Promise.all([further(4, String(next.pid)), further(4, String(old.pid))]);

    for (const one of [scheduler, old]) one.kill('SIGTERM');
    expect(await Promise.all([scheduler.ended, old.ended])).toEqual([0, 0]);
    await further(4, String(next.pid));
    isOver = true;
    await Promise.all(loads);

    expect(await count(`FROM sync_run WHERE state NOT IN ('succeeded', 'partial') OR error_code IS NOT NULL`)).toBe(0);
    expect(await count(`FROM sync_attempt WHERE ended_as NOT IN ('done', 'shutdown')`)).toBe(0);
    const wrong = fleet.processes.flatMap(({ log }) => log.filter((line) => /"level":"(warn|error|fatal)"/.test(line)));
    expect(wrong).toEqual([]);
  });
});
