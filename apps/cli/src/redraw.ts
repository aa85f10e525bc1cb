import { stripVTControlCharacters } from 'node:util';

/** A view that is drawn over itself on a terminal; elsewhere each comes below the one before. */
export interface Redrawn {
  show(lines: readonly string[]): void;
}

export function createRedrawn(out: NodeJS.WriteStream): Redrawn {
  let drawn = 0;
  return {
    show(lines) {
      if (!out.isTTY) return void out.write(`${lines.join('\n')}\n\n`);
      const { visible, height } = fitting(lines, out);
      out.write(`${drawn > 0 ? `\u001B[${drawn}A` : ''}\u001B[J${visible.join('\n')}\n`);
      drawn = height;
    },
  };
}

/** What scrolled away could not be drawn over; a line wider than the terminal takes several of its rows. */
function fitting(lines: readonly string[], { rows, columns }: { readonly rows: number; readonly columns: number }) {
  const visible: string[] = [];
  let height = 0;
  for (const line of lines) {
    const more = Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
    if (height + more > rows - 2) break;
    height += more;
    visible.push(line);
  }
  return { visible, height };
}
