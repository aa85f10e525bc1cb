import { plain } from '../output.ts';

/**
 * Text of a provider in a cell of Markdown: what could be taken for a table's end, a link, an image or HTML is written so that it reads as it
 * is.
 */
export function cell(text: string): string {
  return plain(text)
    .replace(/[\\`*_[\]|#~!]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A table with a blank line behind it; its cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return `${tableHead(head)}${rows.map(tableRow).join('')}\n`;
}

export function tableHead(head: readonly string[]): string {
  return `${tableRow(head)}${tableRow(head.map(() => '---'))}`;
}

export function tableRow(cells: readonly (string | number | null)[]): string {
  return `| ${cells.map((one) => one ?? '–').join(' | ')} |\n`;
}
