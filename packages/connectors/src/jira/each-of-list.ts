import { Checkpoint, Expected, each, Gap } from '@evidence-fleet/connector-sdk';

interface OfList<Item, R> {
  /** The items, the total that Jira promises, and gaps. */
  readonly list: AsyncIterable<Item | Expected | Gap>;
  readonly what: string;
  /** An immutable id, by which the items are put in order. */
  readonly idOf: (item: Item) => string;
  readonly scopeOf: (item: Item) => string;
  readonly accept?: (item: Item) => boolean;
  readonly rowsOf: (item: Item) => AsyncIterable<R | Gap>;
}

/**
 * The rows of every item of a list, with a checkpoint behind each item. The list is held against its total; where it is whole, so are the rows,
 * because each item's own are held against a count or come in one answer.
 */
export async function* eachOfList<Item, R extends object>(
  resume: string | undefined,
  { list, what, idOf, scopeOf, accept = () => true, rowsOf }: OfList<Item, R>,
): AsyncGenerator<R | Gap | Checkpoint | Expected> {
  let total = 0;
  const byId = new Map<string, Item>();
  for await (const item of list) {
    if (item instanceof Gap) yield item;
    else if (item instanceof Expected) total = item.total;
    else byId.set(idOf(item), item);
  }
  if (byId.size < total) {
    yield new Gap('*', 'incomplete', `Jira counts ${total} ${what} and listed ${byId.size}: the list is incomplete.`);
  }
  const [, before = '0', last = ''] = /^(\d+)#(.*)$/s.exec(resume ?? '') ?? [];
  let shown = Number(before);
  const rest = [...byId.values()].filter((item) => accept(item) && idOf(item) > last);
  rest.sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  const rows = each(
    rest,
    (item) => ({ scope: scopeOf(item) }),
    async function* (item) {
      yield* rowsOf(item);
      yield new Checkpoint(idOf(item));
    },
    { concurrency: 4 },
  );
  for await (const row of rows) {
    if (row instanceof Checkpoint) yield new Checkpoint(`${shown}#${row.token}`);
    else {
      if (!(row instanceof Gap)) shown += 1;
      yield row;
    }
  }
  yield new Expected(shown);
}
