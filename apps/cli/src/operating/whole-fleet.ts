import type { Database } from '@evidence-fleet/db';
import type { QueueName } from '@evidence-fleet/queue';
import type { Command } from 'commander';
import { type CliEnv, readEnv, requireVariable } from '../env.ts';
import { withDatabase } from '../fleet.ts';

/** The fleet as its operators see it: all organizations, and nothing of what is collected. */
export interface WholeFleet {
  readonly env: CliEnv;
  /** As fleet_scheduler. */
  readonly database: Database;
  readonly json: boolean;
}

/** In the order of every list. Said here again, because the package that knows them takes long to load. */
export const queues = ['sync', 'sync-now', 'health', 'notify'] as const satisfies readonly QueueName[];

/** Opens the database for the length of one command. */
export async function withWholeFleet<T>(command: Command, work: (fleet: WholeFleet) => Promise<T>): Promise<T> {
  const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
  const env = readEnv();
  return withDatabase(requireVariable(env, 'SCHEDULER_DATABASE_URL'), (database) => work({ env, database, json }));
}
