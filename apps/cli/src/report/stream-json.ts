/**
 * JSON of a value in parts, of which an async iterable is a list: its items are written as they come, a line each, and none is kept.
 * @throws what the iterables throw; what was written by then is no JSON
 */
export async function* streamJson(value: unknown): AsyncGenerator<string> {
  if (!hasList(value)) yield JSON.stringify(value) ?? 'null';
  else if (isList(value)) {
    let lead = '[\n';
    for await (const item of value) {
      yield lead;
      yield* streamJson(item);
      lead = ',\n';
    }
    yield lead === '[\n' ? '[]' : '\n]';
  } else {
    let lead = '{';
    for (const [name, field] of Object.entries(value as object)) {
      if (field === undefined) continue;
      yield `${lead}${JSON.stringify(name)}:`;
      yield* streamJson(field);
      lead = ',';
    }
    yield '}';
  }
}

function isList(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Whether an async iterable is somewhere in it. Lists that are there already hold none. */
function hasList(value: unknown): boolean {
  if (isList(value)) return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return false;
  return Object.values(value).some(hasList);
}
