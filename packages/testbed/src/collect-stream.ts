import { Checkpoint, type EvidenceType, Expected, Gap, type Row, type Stream } from '@evidence-fleet/connector-sdk';

export interface Collected<R> {
  readonly rows: R[];
  readonly gaps: Gap[];
  readonly checkpoints: Checkpoint[];
  readonly expected: Expected[];
}

/** Reads every slice of one stream to its end, as the engine would, and parses each row by its evidence type. */
export async function collectStream<Client, E extends EvidenceType>(
  stream: Stream<Client, E>,
  client: Client,
  from: { readonly since?: string; readonly resume?: string } = {},
): Promise<Collected<Row<E>>> {
  const collected: Collected<Row<E>> = { rows: [], gaps: [], checkpoints: [], expected: [] };
  const { signal } = new AbortController();
  for (const slice of (await stream.slices?.(client)) ?? [{ id: '' }]) {
    const context = { slice, since: from.since, resume: from.resume, signal };
    for await (const item of stream.collect(client, context)) {
      if (item instanceof Gap) collected.gaps.push(item);
      else if (item instanceof Checkpoint) collected.checkpoints.push(item);
      else if (item instanceof Expected) collected.expected.push(item);
      // The seam of the generic schema: its output type is the row's by definition.
      else collected.rows.push(stream.evidence.schema.parse(item) as Row<E>);
    }
  }
  return collected;
}

/** The part of a row that is hashed: without observed fields, unordered lists sorted by their JSON. */
export function materialOf<E extends EvidenceType>(type: E, row: Row<E>): Record<string, unknown> {
  const observed = new Set<string>(type.observed);
  const unordered = new Set<string>(type.unordered);
  const fields = Object.entries(row).filter(([field]) => !observed.has(field));
  return Object.fromEntries(
    fields.map(([field, value]) => [field, unordered.has(field) && Array.isArray(value) ? sortByJson(value) : value]),
  );
}

function sortByJson(list: readonly unknown[]): unknown[] {
  const text = (item: unknown) => JSON.stringify(item);
  return list.toSorted((one, other) => (text(one) < text(other) ? -1 : text(one) > text(other) ? 1 : 0));
}
