import type { QueueName } from '@evidence-fleet/queue';
import { tracingEnv } from '@evidence-fleet/service';
import { z } from 'zod';

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((entry) => entry.trim() || []));

/** The worker's environment; every variable may also be given as `<NAME>_FILE`. */
export const workerEnv = z
  .object({
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('the database, as role fleet_app'),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis with noeviction'),
    FLEET_KEYRING: z
      .string()
      .min(1)
      .optional()
      .describe('key-encryption keys, the primary first; see `fleet keys generate`'),
    FLEET_KMS_KEY: z
      .string()
      .min(1)
      .optional()
      .describe('ARNs of AWS KMS keys, the primary first, in place of a keyring'),
    SYNC_SLOTS: z.coerce.number().int().min(1).max(200).default(10).describe('scheduled syncs at once'),
    SYNC_NOW_SLOTS: z.coerce.number().int().min(1).max(200).default(4).describe('syncs on demand at once'),
    NOTIFY_SLOTS: z.coerce
      .number()
      .int()
      .min(1)
      .max(200)
      .default(2)
      .describe('channels served with notifications at once'),
    HEALTH_SLOTS: z.coerce.number().int().min(1).max(200).default(4).describe('health checks at once'),
    /** Share of every documented provider limit that the fleet may use. */
    QUOTA_SHARE: z.coerce.number().gt(0).max(1).default(0.5).describe('above 0 and at most 1'),
    /** Private addresses that provider calls may reach: ranges, or hosts with or without a port. */
    FLEET_ALLOW_PRIVATE: list.describe('comma-separated ranges or host:port'),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .describe('the mail server: smtps://user:password@host:465, or smtp://… with STARTTLS'),
    SMTP_FROM: z.string().min(3).optional().describe('the sender of mail, e.g. Evidence Fleet <fleet@example.com>'),
    /** How long running syncs may go on after SIGTERM before they are handed over, in milliseconds. */
    SHUTDOWN_GRACE_MS: z.coerce.number().int().min(0).default(10_000).describe('milliseconds'),
    /** Load what a sync needs before the first job is taken, not with it: for workers that join a busy fleet. */
    PRELOAD: z.stringbool().default(false).describe('true: what syncs need is loaded before the first job is taken'),
    HEALTH_HOST: z.string().default('127.0.0.1').describe('address of /live, /ready and /metrics'),
    HEALTH_PORT: z.coerce
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(9101)
      .describe('port of /live, /ready and /metrics'),
    ...tracingEnv,
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  })
  .refine(({ SMTP_URL, SMTP_FROM }) => SMTP_URL === undefined || SMTP_FROM !== undefined, {
    path: ['SMTP_FROM'],
    message: 'SMTP_URL needs a sender',
  })
  .refine(({ FLEET_KEYRING, FLEET_KMS_KEY }) => (FLEET_KEYRING ?? FLEET_KMS_KEY) !== undefined, {
    path: ['FLEET_KEYRING'],
    message: 'expected a keyring, or FLEET_KMS_KEY',
  });

/** Jobs at once by queue, as this process' environment says. */
export function slotsOf(env: z.output<typeof workerEnv>): Readonly<Record<QueueName, number>> {
  return {
    sync: env.SYNC_SLOTS,
    'sync-now': env.SYNC_NOW_SLOTS,
    health: env.HEALTH_SLOTS,
    notify: env.NOTIFY_SLOTS,
  };
}
