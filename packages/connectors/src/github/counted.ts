import { Checkpoint, Expected, Gap } from '@evidence-fleet/connector-sdk';

/**
 * Counts what a pass shows, in the order in which it is shown, and states it as the total at the end. The count travels in the checkpoints:
 * a pass that is taken up again has shown what it had shown before.
 * @param before what the checkpoint said that the pass goes on from
 * @param isWhole whether the provider's own count stands behind what is read
 */
export async function* counted<T>(
  items: AsyncIterable<T | Gap | Checkpoint>,
  { before, isWhole }: { readonly before: number; readonly isWhole: boolean },
): AsyncGenerator<T | Gap | Checkpoint | Expected> {
  let shown = before;
  for await (const item of items) {
    if (item instanceof Checkpoint) yield new Checkpoint(`${item.token}|${shown}`);
    else {
      if (!(item instanceof Gap)) shown += 1;
      yield item;
    }
  }
  if (isWhole) yield new Expected(shown);
}
