import type { z } from 'zod';
import type { LeastCalls } from './calls.ts';
import type { EvidenceType, Row } from './evidence.ts';
import type { Gap } from './gap.ts';

/** A part of a stream that opens and closes on its own: a region, an organization. '' where a stream has only one. */
export interface Slice {
  /** Stable and immutable, e.g. `eu-west-1` or the organization's numeric id. */
  readonly id: string;
  readonly title?: string;
}

/** `yield new Checkpoint(token)`: all rows yielded before it are read; after a crash the stream is called again with `resume = token`. */
export class Checkpoint {
  readonly token: string;
  constructor(token: string) {
    this.token = token;
  }
}

/**
 * `yield new Expected(n)`: by the provider's own count this slice has at least n resources. Fewer distinct keys than that make a snapshot
 * incomplete. A first pass without it is `unconfirmed`: nobody but a second pass can tell whether that is all.
 */
export class Expected {
  readonly total: number;
  constructor(total: number) {
    this.total = total;
  }
}

export interface StreamContext {
  readonly slice: Slice;
  /** The highest cursor already stored by a completed pass; undefined on a first pass, and always for snapshots. */
  readonly since: string | undefined;
  /** The token of the last committed checkpoint of this very run; undefined when the stream starts afresh. */
  readonly resume: string | undefined;
  readonly signal: AbortSignal;
}

export type Yielded<E extends EvidenceType> = z.input<E['schema']> | Gap | Checkpoint | Expected;

export interface Stream<Client, E extends EvidenceType = EvidenceType> {
  readonly evidence: E;
  collect(client: Client, context: StreamContext): AsyncIterable<Yielded<E>>;
  /** The slices to read, each on its own; without it there is one, ''. An error here fails the stream, not the run. */
  slices?(client: Client): Promise<readonly Slice[]>;
  /**
   * Proof of absence: reads one resource that a complete listing did not show. The row: it is still there. null: the provider says
   * authoritatively that it is gone. Throw permission_denied or not_found where the provider does not tell "gone" from "hidden".
   * @param lastKnown the material fields last stored (redacted ones as stored)
   */
  probe?(client: Client, lastKnown: Row<E>, context: StreamContext): Promise<z.input<E['schema']> | null>;
  /** Least privilege: the provider's permissions that this stream needs, in the provider's words. */
  readonly permissions: readonly string[];
  /** Provider documentation pages of the calls behind it. */
  readonly docs: readonly string[];
  /**
   * The least calls of a first pass, beside those with which a run begins (`Connector.calls`); of a later one over an incremental or event
   * type, what was touched since the last pass counts. A pass makes a fifth more at the most: `npm run prove:calls`.
   */
  readonly calls: LeastCalls;
}

/** Declares a stream: an async generator of rows of one evidence type, gaps, checkpoints and expected totals. */
export function stream<E extends EvidenceType, Client>(
  evidence: E,
  options: Omit<Stream<Client, NoInfer<E>>, 'evidence' | 'collect'>,
  collect: (client: Client, context: StreamContext) => AsyncIterable<Yielded<NoInfer<E>>>,
): Stream<Client, E> {
  return { evidence, ...options, collect };
}
