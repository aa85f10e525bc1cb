import { tracingEnv } from '@evidence-fleet/service';
import { z } from 'zod';

/** The scheduler's environment; every variable may also be given as `<NAME>_FILE`. */
export const schedulerEnv = z.object({
  SCHEDULER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('the database, as role fleet_scheduler'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis with noeviction'),
  /** More than all workers together have slots, so that none waits for the next tick. */
  SYNC_WINDOW: z.coerce.number().int().min(1).max(10_000).default(100).describe('scheduled jobs that stand in Redis'),
  TICK_MS: z.coerce.number().int().min(10).max(60_000).default(500).describe('milliseconds between two looks'),
  HEALTH_INTERVAL_MINUTES: z.coerce.number().int().min(1).max(1_440).default(5).describe('minutes between two checks'),
  HEALTH_HOST: z.string().default('127.0.0.1').describe('address of /live, /ready and /metrics'),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(9100).describe('port of /live, /ready and /metrics'),
  ...tracingEnv,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal']).default('info'),
});
