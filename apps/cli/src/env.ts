import { resolve } from 'node:path';
import { parseEnv } from '@evidence-fleet/service';
import { z } from 'zod';
import { usageError } from './exit-codes.ts';
import { readRunning } from './fleet-home.ts';

const postgres = z.url({ protocol: /^postgres(ql)?$/ });
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((entry) => entry.trim() || []));

/** The addresses and keys of a fleet; all of one place, because those of two fleets do not go together. */
const addresses = {
  DATABASE_URL: postgres.optional().describe('the database, as role fleet_app'),
  SCHEDULER_DATABASE_URL: postgres.optional().describe('the database, as role fleet_scheduler'),
  KEYS_DATABASE_URL: postgres.optional().describe('the database, as role fleet_keys'),
  MIGRATOR_DATABASE_URL: postgres.optional().describe('the database, as role fleet_migrator'),
  ADMIN_DATABASE_URL: postgres.optional().describe('the database, as a superuser'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('the Redis of the queues'),
  FLEET_KEYRING: z.string().min(1).optional().describe('key-encryption keys, the primary first'),
  FLEET_KMS_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('ARNs of AWS KMS keys, the primary first, in place of a keyring'),
};

const cliEnv = z.object({
  ...addresses,
  FLEET_ORGANIZATION: z.string().optional().describe('the slug of the organization'),
  FLEET_ALLOW_PRIVATE: list.describe('comma-separated ranges or host:port that provider calls may reach'),
  QUOTA_SHARE: z.coerce.number().gt(0).max(1).default(0.5).describe('above 0 and at most 1'),
  FLEET_BOARD_TOKEN: z
    .string()
    .min(16, 'expected at least 16 characters')
    .optional()
    .describe('the password of the board'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  FLEET_MIGRATOR_PASSWORD: z.string().min(1).optional(),
  FLEET_APP_PASSWORD: z.string().min(1).optional(),
  FLEET_SCHEDULER_PASSWORD: z.string().min(1).optional(),
  FLEET_KEYS_PASSWORD: z.string().min(1).optional(),
});

export type CliEnv = z.output<typeof cliEnv>;
export type Variable = keyof CliEnv;

/**
 * Reads this process' environment. Where it names no fleet (none of the addresses and keys), the variables of a running `fleet up` are
 * taken, as its folder tells them.
 * @throws EnvError
 */
export function readEnv(): CliEnv {
  const names = Object.keys(addresses).flatMap((name) => [name, `${name}_FILE`]);
  const isNamed = names.some((name) => Boolean(process.env[name]));
  const running = isNamed ? undefined : readRunning(fleetHome())?.variables;
  const own = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  return parseEnv(cliEnv, { ...running, ...own });
}

/** @throws CliError naming the variable, and what else would do */
export function requireVariable<V extends Variable>(env: CliEnv, variable: V): NonNullable<CliEnv[V]> {
  const value = env[variable];
  if (value !== undefined && value !== null) return value;
  const about = cliEnv.shape[variable].description;
  throw usageError(
    `${variable} is not set${about === undefined ? '' : ` (${about})`}, and no \`fleet up\` is running in ${fleetHome()}. Set it, start \`fleet up\`, or point FLEET_HOME to the folder of a running one.`,
  );
}

/** The folder of `fleet up`. */
export function fleetHome(): string {
  return resolve(process.env.FLEET_HOME || '.fleet');
}

/** Colours are for people at a terminal who did not refuse them: https://no-color.org */
export function mayColour(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}

/** What child processes inherit: everything but this fleet's own variables, which they are told one by one. */
export function inheritedEnv(): NodeJS.ProcessEnv {
  const own = new Set(Object.keys(cliEnv.shape).flatMap((name) => [name, `${name}_FILE`]));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.has(name)));
}
