const redacted = '[redacted]';

// The second net: shapes of secrets that nobody registered (a token minted by a provider, an operator's URL). Every pattern is linear:
// bounded, or anchored so that a match cannot start inside a run of its own characters.
const patterns: readonly [RegExp, string][] = [
  // A key file, also when it was cut off.
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|(?=")|$)/g, redacted],
  // JSON web tokens
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, redacted],
  // GitHub: https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
  [/(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_\w{16,255})/g, redacted],
  // Atlassian, GitLab, Slack
  [/(?<![A-Za-z0-9])(?:ATATT3[\w=-]{16,512}|glpat-[\w-]{16,255}|xox[abeprs]-[\w-]{10,512})/g, redacted],
  // Service tokens of the fleet's own API
  [/(?<![A-Za-z0-9])evf_[\w-]{43}/g, redacted],
  // Okta API tokens: 42 characters that begin with 00
  [/(?<![\w-])00[\w-]{40}(?![\w-])/g, redacted],
  // AWS session tokens; access key ids (AKIA, ASIA) are no secret and stay
  [/(?<![A-Za-z0-9+/])(?:IQoJ|FwoG|FQoG|AQoD)[A-Za-z0-9+/=%]{80,8192}/g, redacted],
  // scheme://user:password@host
  [/(:\/\/)[^\s/?#"'\\]{1,512}@/g, `$1${redacted}@`],
  [/\b(Bearer|SSWS)(\s+|%20)[\w.~+/=-]{8,}/gi, `$1$2${redacted}`],
  // "Basic authentication" is no secret: base64 shows by a digit, a sign or a capital inside.
  [/\b([Bb]asic|BASIC)(\s+|%20)(?=[A-Za-z]{0,64}(?:[\d+/=]|[a-z][A-Z]))[\w+/=-]{8,}/g, `$1$2${redacted}`],
];

const names = [
  'secret[_-]?access[_-]?key',
  '(?:session|access|refresh|id|auth|security|api)[_-]?token',
  'client[_-]?secret',
  'private[_-]?key',
  'api[_-]?key',
  'passw(?:or)?d',
  'passphrase',
  'x-amz-signature',
].join('|');
// After a colon a bare value needs a space before it: in JSON a bare value is a number or a literal, and must stay JSON.
const quotedValue = new RegExp(
  `((?:${names})(?:\\\\{0,8}["'])?\\s{0,3}[:=]\\s{0,3}\\\\{0,8}["'])[^"'\\\\]{1,4096}`,
  'gi',
);
const bareValue = new RegExp(
  `((?:${names})(?:\\\\{0,8}["'])?\\s{0,3}(?:=\\s{0,3}|:\\s{1,3}))[^\\s"'\\\\&,;{}[\\]]{1,4096}`,
  'gi',
);
const headerValue = /((?:authorization|cookie)\s{0,3}(?:=|:\s)\s{0,3})[^\s"'\\]{1,4096}(?: [^\s"'\\]{1,4096})?/gi;

const trigger =
  /-----BEGIN|eyJ|gh[pousr]_|github_pat_|ATATT3|glpat-|xox|evf_|(?<![\w-])00[\w-]{40}|IQoJ|FwoG|FQoG|AQoD|:\/\/|bearer|ssws|basic|authorization|cookie|secret|token|private|api[_-]?key|passw|passphrase|signature/i;

/** Hides what looks like a secret. Ordinary lines cost one pass of one expression. */
export function hideSecretShapes(text: string): string {
  if (!trigger.test(text)) return text;
  let hidden = text;
  for (const [pattern, replacement] of patterns) hidden = hidden.replace(pattern, replacement);
  for (const pattern of [headerValue, quotedValue, bareValue]) hidden = hidden.replace(pattern, `$1${redacted}`);
  return hidden;
}
