import { Checkpoint, Gap } from '@evidence-fleet/connector-sdk';

/**
 * Passes items on and counts the rows among them. Every checkpoint carries the count with it, so that a pass that is taken up again goes on
 * counting where it was broken off.
 * @param from rows that an earlier attempt has shown
 * @param isCounted whether a row counts; without it every one does
 * @returns how many rows the whole pass has shown
 */
export async function* countShown<Item extends object>(
  items: AsyncIterable<Item | Checkpoint | Gap>,
  from: number,
  isCounted: (item: Item) => boolean = () => true,
): AsyncGenerator<Item | Checkpoint | Gap, number> {
  let shown = from;
  for await (const item of items) {
    if (item instanceof Checkpoint) yield new Checkpoint(`${shown}#${item.token}`);
    else {
      if (!(item instanceof Gap) && isCounted(item)) shown += 1;
      yield item;
    }
  }
  return shown;
}

/** The token as the stream made it, and the rows shown before it. */
export function readCheckpoint(resume: string | undefined): { token: string | undefined; shown: number } {
  const [, shown, token] = /^(\d+)#(.*)$/s.exec(resume ?? '') ?? [];
  return token === undefined ? { token: resume, shown: 0 } : { token, shown: Number(shown) };
}
