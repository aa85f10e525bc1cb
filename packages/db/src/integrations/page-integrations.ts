import type { Database } from '../database.ts';
import type { IntegrationStatus } from '../generated/enums.ts';
import { columns, type Integration, toIntegration } from './integrations.ts';

export interface PageIntegrations {
  readonly organizationId: string;
  readonly connector?: string | undefined;
  readonly status?: IntegrationStatus | undefined;
  /** The last integration of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of the integrations that are not removed, in the order of their ids: the order in which they were added. */
export function pageIntegrations(database: Database, options: PageIntegrations): Promise<Integration[]> {
  const { organizationId, connector, status, after, limit } = options;
  return database.withOrganization(organizationId, async (transaction) => {
    const rows = await transaction.integration.findMany({
      where: {
        ...{ organizationId, removedAt: null },
        ...(connector === undefined ? {} : { connector }),
        ...(status === undefined ? {} : { status }),
        ...(after === undefined ? {} : { id: { gt: after } }),
      },
      select: columns,
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(toIntegration);
  });
}
