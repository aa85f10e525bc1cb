/** A table, its cells on one line each; null cells are empty. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map((row) => line(row.map(cell)))].join('\n');
}

function cell(value: string | number | null): string {
  return String(value ?? '').replaceAll('|', '\\|');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** The name of a documented call is the last word of its address: `#tag/User/operation/listUsers`, `API_ListUsers.html`. */
export function linkTo(address: string): string {
  const { hash, pathname } = new URL(address);
  const last = (hash || pathname).split(/[/#]/).filter(Boolean).at(-1) ?? address;
  return `[${last.replace(/^API_/, '').replace(/\.html?$/, '')}](${address})`;
}
