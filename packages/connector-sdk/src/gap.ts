import { ConnectorError } from './errors.ts';

export type GapReason =
  | 'permission_denied'
  | 'not_found'
  | 'malformed'
  | 'too_large' // a row past the size limit
  | 'incomplete' // a listing whose end, or whose promised total, was not seen
  | 'unconfirmed' // a first reading of a listing whose total the provider does not state: the next one confirms it
  | 'conflict' // one key shown twice with different contents in one pass
  | 'absence_unproven' // missing from a listing, and nobody has proven it gone
  | 'mass_absence' // too much is missing at once to believe it
  | 'scope_changed' // missing, but account, settings scope or grants are not those of the run that last saw it
  | 'forgotten' // the source forgot it before a pass came: lost for good
  | 'unread'; // the stream broke off, or never ran

/** Something we were meant to read and could not: stored beside the rows, because absence must never pass for compliance. */
export class Gap {
  /** What could not be read, `<kind>:<immutable id>`, e.g. `repository:4711`. `*` means the whole stream slice. */
  readonly scope: string;
  readonly reason: GapReason;
  /** A public sentence that says what to do, e.g. which permission is missing. */
  readonly detail: string;
  /** The evidence key, in the order of `EvidenceType.key`, when the gap concerns exactly one resource. */
  readonly key: readonly (string | number)[] | undefined;

  constructor(scope: string, reason: GapReason, detail: string, key?: readonly (string | number)[]) {
    this.scope = scope;
    this.reason = reason;
    this.detail = detail;
    this.key = key;
  }
}

/** Where an item of `each` stands: its scope, and the evidence key if the item is exactly one resource. */
export interface GapSite {
  readonly scope: string;
  readonly key?: readonly (string | number)[];
}

/**
 * Runs `collect` for every item. An item that may not be read, is gone or is malformed becomes a gap and the rest go on;
 * every other error ends the stream. Listing errors (from `items` itself) are not caught.
 * @param options.concurrency items collected at once, their rows held in memory until their turn; order is kept. 1 streams.
 */
export async function* each<Item, R>(
  items: Iterable<Item> | AsyncIterable<Item>,
  site: (item: Item) => GapSite,
  collect: (item: Item) => AsyncIterable<R>,
  options: { readonly concurrency?: number } = {},
): AsyncGenerator<R | Gap> {
  const concurrency = options.concurrency ?? 1;
  if (concurrency === 1) {
    for await (const item of items) yield* collectOne(item, site, collect);
    return;
  }
  const running: Promise<(R | Gap)[]>[] = [];
  for await (const item of items) {
    const rows = Array.fromAsync(collectOne(item, site, collect));
    rows.catch(() => {}); // awaited in its turn below; a failure there must not count as unhandled before
    running.push(rows);
    if (running.length >= concurrency) yield* (await running.shift()) ?? [];
  }
  for (const rows of running) yield* await rows;
}

async function* collectOne<Item, R>(
  item: Item,
  site: (item: Item) => GapSite,
  collect: (item: Item) => AsyncIterable<R>,
): AsyncGenerator<R | Gap> {
  try {
    yield* collect(item);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const { code } = error;
    if (code !== 'permission_denied' && code !== 'not_found' && code !== 'malformed') throw error;
    const { scope, key } = site(item);
    yield new Gap(scope, code, error.message, key);
  }
}
