import { ConnectorError } from '@evidence-fleet/connector-sdk';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

/**
 * Reads page after page. A token that comes back a second time would never end: that is `malformed`.
 * @param resume the token of a checkpoint. AWS's tokens grow old; a refused one means reading from the start, which does no harm.
 */
export async function* pages<Item>(
  read: (token: string | undefined) => Promise<Page<Item>>,
  resume: string | undefined,
): AsyncGenerator<Page<Item>> {
  const seen = new Set<string>();
  let token = resume;
  for (;;) {
    const page = await read(token).catch((error) => {
      const isStale =
        token === resume && resume !== undefined && error instanceof ConnectorError && error.code === 'malformed';
      if (!isStale) throw error;
      return read(undefined);
    });
    yield page;
    token = page.next;
    if (token === undefined) return;
    if (seen.has(token))
      throw new ConnectorError('malformed', 'AWS sent the same page token twice: the listing would never end.');
    seen.add(token);
  }
}
