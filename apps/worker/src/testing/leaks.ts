/** Where a secret stands in a text, and in which spelling. The secret itself is not told. */
export interface Leak {
  readonly secret: string;
  readonly spelling: string;
  /** What stands before it. */
  readonly after: string;
}

/** Looks for every secret, by its name, in every spelling. On purpose it shares no code with the scrubber that it checks. */
export function findLeaks(text: string, secrets: Readonly<Record<string, string>>): Leak[] {
  return Object.entries(secrets).flatMap(([secret, value]) =>
    Object.entries(spellings(value)).flatMap(([spelling, form]) => {
      const at = text.indexOf(form);
      return at === -1 ? [] : [{ secret, spelling, after: text.slice(Math.max(0, at - 120), at) }];
    }),
  );
}

/** The ways in which an acceptance test asks for a secret: plain, base64 at each offset, hex, URL- and JSON-escaped. */
export function spellings(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return {
    plain: secret,
    'JSON-escaped': json,
    'JSON-escaped twice': JSON.stringify(json).slice(1, -1),
    'URL-escaped': encodeURIComponent(secret),
    'URL-escaped, lower case': encodeURIComponent(secret).replace(/%../g, (percent) => percent.toLowerCase()),
    'URL-escaped, as a form': new URLSearchParams([['', secret]]).toString().slice(1),
    hex: bytes.toString('hex'),
    'hex, upper case': bytes.toString('hex').toUpperCase(),
    ...Object.fromEntries([0, 1, 2].map((offset) => [`base64 at offset ${offset}`, base64Core(bytes, offset)])),
    ...Object.fromEntries(
      [0, 1, 2].map((offset) => [`base64url at offset ${offset}`, toUrl(base64Core(bytes, offset))]),
    ),
  };
}

/** The part of base64 that is the same whatever stands before (so many bytes, modulo 3) and behind. */
function base64Core(bytes: Buffer, offset: number): string {
  const skipped = (3 - offset) % 3;
  const whole = Math.floor((bytes.length - skipped) / 3) * 3;
  return bytes.subarray(skipped, skipped + whole).toString('base64');
}

function toUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
