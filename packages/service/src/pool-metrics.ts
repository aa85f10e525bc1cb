import type { Metrics } from './metrics.ts';

/** The connections of one pool at a moment. */
interface PoolUse {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly limit: number;
}

/**
 * What a process tells of its pools of database connections; they are looked at when somebody scrapes.
 * @param pools by a name that stays the same
 */
export function measurePools(metrics: Metrics, pools: Readonly<Record<string, () => PoolUse>>): void {
  const all = () => Object.entries(pools).map(([pool, use]) => ({ pool, ...use() }));
  metrics.gauge({
    name: 'fleet_database_connections',
    help: 'Open connections to Postgres, by whether they have work (busy, idle).',
    labelNames: ['pool', 'state'],
    collect(gauge) {
      for (const { pool, open, idle } of all()) {
        gauge.set({ pool, state: 'busy' }, open - idle);
        gauge.set({ pool, state: 'idle' }, idle);
      }
    },
  });
  metrics.gauge({
    name: 'fleet_database_connections_limit',
    help: 'Connections to Postgres that a pool may open.',
    labelNames: ['pool'],
    collect(gauge) {
      for (const { pool, limit } of all()) gauge.set({ pool }, limit);
    },
  });
  metrics.gauge({
    name: 'fleet_database_waiting',
    help: 'Units of work that wait for a connection of a pool.',
    labelNames: ['pool'],
    collect(gauge) {
      for (const { pool, waiting } of all()) gauge.set({ pool }, waiting);
    },
  });
}
