import { z } from 'zod';

// guid, not uuid: which bits an id has is the database's business.
const id = z.guid();

/**
 * The jobs there are. A job is a doorbell: it carries ids, and Postgres knows the rest, so that nothing is lost with Redis and nothing
 * secret stands in it.
 */
const catalogue = {
  /** A run that the schedule asked for. */
  sync: z.strictObject({ organizationId: id, runId: id }),
  /** A run that somebody asked for: in a queue with slots of its own, so that it never waits behind the schedule. */
  'sync-now': z.strictObject({ organizationId: id, runId: id }),
  /** A check of an integration's health. */
  health: z.strictObject({ organizationId: id, integrationId: id }),
  /** A channel that has notifications to send. */
  notify: z.strictObject({ organizationId: id, channelId: id }),
} as const satisfies Record<string, z.ZodObject>;

export type QueueName = keyof typeof catalogue;

export type Payload<Q extends QueueName> = z.output<(typeof catalogue)[Q]>;

export const queueNames = ['sync', 'sync-now', 'health', 'notify'] as const satisfies readonly QueueName[];

/** A payload that is none: the job is removed and never tried again; its run, if it has one, still stands in Postgres. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';

  constructor(queue: QueueName, error: z.ZodError) {
    const problems = error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
    super(`This is not a payload of the queue ${queue}: ${problems.join(', ')}.`);
  }
}

/**
 * Reads what came out of Redis, or is about to go in.
 * @throws PayloadError
 */
export function parsePayload<Q extends QueueName>(queue: Q, data: unknown): Payload<Q> {
  const parsed = catalogue[queue].safeParse(data);
  if (!parsed.success) throw new PayloadError(queue, parsed.error);
  return parsed.data as Payload<Q>; // the schema was chosen by the same key
}

/** One hash tag a queue: on a cluster every queue lives in a slot of its own, and all its keys in one. */
export function prefixOf(queue: QueueName, prefix: string | undefined): string {
  return prefix === undefined ? `{${queue}}` : `{${prefix}-${queue}}`;
}

/** Made of run and ring, so that a run rung again is a new job and a ring repeated is none. */
export function syncJobId(ring: { readonly runId: string; readonly ring: number }): string {
  return `${ring.runId}-${ring.ring}`;
}
