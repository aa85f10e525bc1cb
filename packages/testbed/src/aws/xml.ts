/** The items of a list as they stand in the document. */
export function listItems(xml: string, list: string): string[] {
  const inner = new RegExp(`<${list}>(.*)</${list}>`, 's').exec(xml)?.[1] ?? '';
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (const tag of inner.matchAll(/<(\/?)[\w:]+[^>]*?(\/?)>/g)) {
    if (tag[2] === '/') continue;
    depth += tag[1] === '/' ? -1 : 1;
    const end = tag.index + tag[0].length;
    if (depth === 0) {
      items.push(inner.slice(start, end).trim());
      start = end;
    }
  }
  return items;
}

export function replaceList(xml: string, list: string, items: readonly string[]): string {
  return xml.replace(new RegExp(`<${list}>.*</${list}>`, 's'), () => `<${list}>${items.join('')}</${list}>`);
}

export function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}
