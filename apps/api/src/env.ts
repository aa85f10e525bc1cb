import { tracingEnv } from '@evidence-fleet/service';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** The API's environment; every variable may also be given as `<NAME>_FILE`. */
export const apiEnv = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).describe('the database, as role fleet_app'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis with noeviction'),
  API_HOST: z.string().default('127.0.0.1').describe('address that other services call'),
  API_PORT: port.default(9180).describe('port that other services call'),
  /** Of every token, over all processes of the API. */
  API_RATE_PER_MINUTE: z.coerce.number().int().min(10).max(1_000_000).default(6_000).describe('requests of a token'),
  API_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(20).describe('connections to the database at most'),
  ...tracingEnv,
  HEALTH_HOST: z.string().default('127.0.0.1').describe('address of /live, /ready and /metrics'),
  HEALTH_PORT: port.default(9102).describe('port of /live, /ready and /metrics'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal']).default('info'),
});
