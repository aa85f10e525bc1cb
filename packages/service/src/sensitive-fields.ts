const redacted = '[redacted]';
const words =
  'authorization|passw(?:or)?d|passphrase|secret|token|credential|cookie|headers|body|apikey|privatekey|signature';
const sensitive = new RegExp(words);
// `credentialId`, `tokenExpiresAt`, `bodyBytes` describe a secret without holding it.
const descriptive =
  /(?:Ids?|At|Ms|Count|Version|Kind|Type|Name|Bytes|Length|[_-](?:ids?|at|ms|count|version|kind|type|name|bytes|length))$/;
const trigger =
  /authorization|passw|passphrase|secret|token|credential|cookie|headers|body|api[_-]?key|private[_-]?key|signature/i;

/**
 * Hides the values of fields that are secret by their name, at any depth and in any spelling, in one line of JSON.
 * Most lines have no such word and are returned as they are, unparsed.
 */
export function hideSensitiveFields(line: string): string {
  if (!trigger.test(line)) return line;
  return `${JSON.stringify(JSON.parse(line, (name, value: unknown) => (isSecret(name, value) ? redacted : value)))}\n`;
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return false;
  return sensitive.test(name.toLowerCase().replace(/[^a-z0-9]/g, '')) && !descriptive.test(name);
}
