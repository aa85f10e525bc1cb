/** Names of vulnerabilities, and the end of an alert's address at GitHub: `acme/website/security/dependabot/7`. */
const pattern =
  /\b(?:GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|CVE-\d{4}-\d{4,})\b|[\w.-]+\/[\w.-]+\/security\/(?:dependabot|code-scanning|secret-scanning)\/\d+/gi;

/** What an issue's summary and description name of alerts: in small letters, each once, sorted. */
export function mentionsIn(summary: string | null | undefined, description: unknown): string[] {
  // Addresses stand in marks and cards as well as in the text; the whole document as JSON holds them all.
  const text = `${summary ?? ''}\n${JSON.stringify(description ?? null)}`;
  return [...new Set([...text.matchAll(pattern)].map(([mention]) => mention.toLowerCase()))].toSorted();
}
