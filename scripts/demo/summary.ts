import { connectors } from '@evidence-fleet/connectors';
import { controls } from '@evidence-fleet/controls';
import { createQuota } from '@evidence-fleet/quota';
import { Redis } from 'ioredis';
import { openGaps } from './ledger.ts';
import type { Actor, Stage } from './stage.ts';

/** Evidence per type, gaps, verdicts per control and the quota used. */
export async function summarise(stage: Stage): Promise<string> {
  const parts: string[] = [];
  for (const organizationId of new Set(stage.actors.map(({ tenant }) => tenant.organizationId))) {
    const actors = stage.actors.filter(({ tenant }) => tenant.organizationId === organizationId);
    parts.push(await evidenceOf(stage, actors), await gapsOf(stage, actors), await verdictsOf(stage, actors));
  }
  parts.push(await quotaOf(stage));
  return parts.join('\n\n');
}

async function evidenceOf(stage: Stage, [actor]: readonly Actor[]): Promise<string> {
  if (actor === undefined) return '';
  const rows = await stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.evidence.groupBy({ by: ['type'], where: { validTo: null }, _count: true, orderBy: { type: 'asc' } }),
  );
  const versions = await stage.database.withOrganization(actor.tenant.organizationId, (transaction) =>
    transaction.evidence.count(),
  );
  const total = rows.reduce((sum, { _count }) => sum + _count, 0);
  return table(
    `${actor.tenant.slug}: ${total} pieces of evidence, ${versions} versions`,
    rows.map(({ type, _count }) => [type, String(_count)]),
  );
}

async function gapsOf(stage: Stage, actors: readonly Actor[]): Promise<string> {
  const gaps = (await Promise.all(actors.map((actor) => openGaps(stage, actor)))).flat();
  const rows = gaps.slice(0, 5).map(({ type, scope, reason, detail }) => [type, scope, reason, clip(detail, 60)]);
  return table(`${actors[0]?.tenant.slug}: ${gaps.length} open gaps${gaps.length > 5 ? ', the first five' : ''}`, rows);
}

async function verdictsOf(stage: Stage, [actor]: readonly Actor[]): Promise<string> {
  if (actor === undefined) return '';
  const { organizationId, slug } = actor.tenant;
  const [verdicts, failing] = await stage.database.withOrganization(organizationId, async (transaction) => [
    await transaction.verdict.findMany({ where: { validTo: null } }),
    await transaction.finding.groupBy({ by: ['controlId'], where: { validTo: null, status: 'fail' }, _count: true }),
  ]);
  const rows = controls.map(({ id, title, satisfies }) => {
    const verdict = verdicts.find(({ controlId }) => controlId === id);
    const failures = failing.find(({ controlId }) => controlId === id)?._count ?? 0;
    return [verdict?.status ?? 'not assessed', title, failures > 0 ? `${failures} failing` : '', satisfies.join(' ')];
  });
  return table(`${slug}: verdicts`, rows);
}

async function quotaOf(stage: Stage): Promise<string> {
  const redis = new Redis(stage.redisUrl);
  const quota = createQuota({ redis, prefix: 'fleet:', share: 1 });
  const rows: string[][] = [];
  for (const { tenant, integrationId, name, connector } of stage.actors) {
    const scope = await stage.database.withOrganization(tenant.organizationId, async (transaction) => {
      const integration = await transaction.integration.findFirst({
        where: { id: integrationId },
        select: { quotaScope: true },
      });
      return integration?.quotaScope ?? '';
    });
    for (const limit of connectors.get(connector)?.limits ?? []) {
      const { used, budget } = await quota.usage(scope, limit);
      if (used > 0) rows.push([name, limit.name, `${Math.round(used)} of ${budget}`, `in ${limit.perMs / 1_000} s`]);
    }
  }
  redis.disconnect();
  return table('quota used, within its window', rows);
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [title, ...(lines.length === 0 ? ['  none'] : lines)].join('\n');
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
