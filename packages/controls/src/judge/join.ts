/** Two sources in ascending order of their SHA, side by side; either is null where only the other has that SHA. */
interface Joined<Left, Right> {
  readonly sha: Uint8Array;
  readonly left: Left | null;
  readonly right: Right | null;
}

/**
 * A full join of two ordered sources in flat memory. Of several items with one SHA in one source the first stands for all.
 * Both sources are closed however the reader leaves.
 */
export async function* joinBySha<Left, Right>(
  left: AsyncIterable<Left>,
  leftSha: (item: Left) => Uint8Array,
  right: AsyncIterable<Right>,
  rightSha: (item: Right) => Uint8Array,
): AsyncGenerator<Joined<Left, Right>> {
  const lefts = openCursor(left, leftSha);
  const rights = openCursor(right, rightSha);
  try {
    await Promise.all([lefts.advance(), rights.advance()]);
    for (;;) {
      const sha = lesser(lefts.sha(), rights.sha());
      if (sha === null) return;
      const [one, other] = await Promise.all([lefts.take(sha), rights.take(sha)]);
      yield { sha, left: one, right: other };
    }
  } finally {
    await Promise.all([lefts.close(), rights.close()]);
  }
}

function openCursor<Item>(source: AsyncIterable<Item>, shaOf: (item: Item) => Uint8Array) {
  const iterator = source[Symbol.asyncIterator]();
  let current: Item | null = null;
  const advance = async () => {
    const { done, value } = await iterator.next();
    current = done ? null : value;
  };
  return {
    advance,
    sha: () => (current === null ? null : shaOf(current)),
    /** The item of that SHA, if this source has one; the cursor moves past it and its like. */
    async take(sha: Uint8Array): Promise<Item | null> {
      if (current === null || !isSame(shaOf(current), sha)) return null;
      const taken = current;
      do await advance();
      while (current !== null && isSame(shaOf(current), sha));
      return taken;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

function lesser(one: Uint8Array | null, other: Uint8Array | null): Uint8Array | null {
  if (one === null || other === null) return one ?? other;
  return Buffer.compare(one, other) <= 0 ? one : other;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
