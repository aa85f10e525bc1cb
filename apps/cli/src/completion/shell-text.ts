import type { CompletedCommand } from './command-tree.ts';
import type { Values } from './static-values.ts';

/** A text as one word of any of the three shells. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Options that take a value: the word behind one of them is no command. */
export function takingValues(tree: readonly CompletedCommand[]): string[] {
  const flags = tree.flatMap(({ options }) => options).flatMap(({ flag, values }) => (values === null ? [] : [flag]));
  return [...new Set(flags)].sort();
}

/** Where values may stand, `/connectors/show:0` or `/evidence/list:--type`, those with the same values together. */
export function placesByValues(
  tree: readonly CompletedCommand[],
): { readonly places: string[]; readonly values: Values; readonly isList: boolean }[] {
  const all = tree.flatMap(({ path, options, args }) => [
    ...args.map((values, place) => ({ place: `${path}:${place}`, values, isList: false })),
    ...options.flatMap(({ flag, values, isList }) =>
      values === null ? [] : [{ place: `${path}:${flag}`, values, isList }],
    ),
  ]);
  const alike = Map.groupBy(all, ({ values, isList }) => JSON.stringify([values, isList]));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, places: group.map(({ place }) => place) }];
  });
}
