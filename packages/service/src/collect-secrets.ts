/** Shorter strings are not scrubbed: they would blot out ordinary words. */
export const shortestSecret = 6;

/**
 * Every string of at least 6 characters in a credentials object, at any depth, each once: what the scrubber has to hide while the
 * credentials are open. Strings that hold JSON (a service account's key file) also give the strings inside.
 */
export function collectSecrets(value: unknown): string[] {
  const found = new Set<string>();
  const visited = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node === 'string') {
      if (node.length < shortestSecret || found.has(node)) return;
      found.add(node);
      visit(parseObject(node));
    } else if (typeof node === 'object' && node !== null && !visited.has(node)) {
      visited.add(node);
      for (const child of node instanceof Map ? node.values() : node instanceof Set ? node : Object.values(node))
        visit(child);
    }
  };
  visit(value);
  return [...found];
}

function parseObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A secret may begin with a bracket without being JSON; it is protected as it stands.
    return undefined;
  }
}
