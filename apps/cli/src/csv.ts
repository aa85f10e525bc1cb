import { keyText, type PresentedEvidence } from '@evidence-fleet/presentation';

/** Column names and what stands in them; data and metadata as JSON. */
const columns: readonly [string, (evidence: PresentedEvidence) => string][] = [
  ['id', ({ id }) => id],
  ['title', ({ title }) => title],
  ['type', ({ type }) => type],
  ['connector', ({ source }) => source.connector],
  ['integration', ({ source }) => source.integration],
  ['account', ({ source }) => source.account ?? ''],
  ['key', ({ key }) => keyText(key)],
  ['collectedAt', ({ collectedAt }) => collectedAt],
  ['validFrom', ({ validFrom }) => validFrom],
  ['validTo', ({ validTo }) => validTo ?? ''],
  ['validUntil', ({ validUntil }) => validUntil ?? ''],
  ['controls', ({ controls }) => controls.join(' ')],
  ['data', ({ data }) => JSON.stringify(data)],
  ['metadata', ({ metadata }) => JSON.stringify(metadata)],
];

/** RFC 4180, lines end in CRLF. */
export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

export function csvLine(evidence: PresentedEvidence): string {
  return `${columns.map(([, read]) => csvCell(read(evidence))).join(',')}\r\n`;
}

/**
 * A provider's text that a spreadsheet would run as a formula gets an apostrophe before it
 * (https://owasp.org/www-community/attacks/CSV_Injection); JSON lines hold everything unchanged.
 */
export function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
