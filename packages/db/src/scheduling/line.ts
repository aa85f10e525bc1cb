import type { Transaction } from '../database.ts';
import type { Trigger } from './ring.ts';

/** BullMQ's largest priority. */
const lastRank = 2_097_151;

/**
 * The jobs that stand in one queue, by organization, and the places they hold. Every organization counts its own places from 1, and a
 * job's place is its priority: the first jobs of all organizations stand before the second of any, whatever the window holds.
 */
export class Line {
  readonly #places = new Map<string, Set<number>>();
  #standing = 0;

  /** How many jobs stand in it, of all organizations. */
  get standing(): number {
    return this.#standing;
  }

  /** How many jobs each organization holds. */
  get held(): ReadonlyMap<string, number> {
    return new Map([...this.#places].map(([organizationId, places]) => [organizationId, places.size]));
  }

  /** Notes a job that stands already. Two jobs may hold one place: requests are ranked without a look at the whole line. */
  hold(organizationId: string, ranks: readonly number[]): void {
    const places = this.#places.get(organizationId) ?? new Set();
    this.#places.set(organizationId, places);
    for (const rank of ranks) places.add(rank);
    this.#standing += ranks.length;
  }

  /** The organization's smallest free place, which is taken by asking. */
  take(organizationId: string): number {
    const places = this.#places.get(organizationId);
    let rank = 1;
    while (places?.has(rank)) rank++;
    const place = Math.min(rank, lastRank);
    this.hold(organizationId, [place]);
    return place;
  }
}

/** Reads who stands in line: rung and not yet claimed. */
export async function readLines(transaction: Transaction): Promise<Record<Trigger, Line>> {
  const rows = await transaction.$queryRaw<{ organization_id: string; trigger: Trigger; ranks: number[] }[]>`
    SELECT organization_id, trigger::text, array_agg(rank) AS ranks FROM sync_run
    WHERE state IN ('queued', 'waiting') AND rung_at IS NOT NULL
    GROUP BY organization_id, trigger`;
  const lines = { schedule: new Line(), demand: new Line() };
  for (const row of rows) lines[row.trigger].hold(row.organization_id, row.ranks);
  return lines;
}
