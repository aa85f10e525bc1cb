/** A provider that says "in a month" is believed for a day. */
const longestMs = 24 * 60 * 60_000;

/**
 * Reads Retry-After: seconds, fractions of them, or a date, which is measured against the answer's own Date where there is one,
 * because our clock may differ. undefined when there is none, or nonsense. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(headers: Headers, now: Date): Date | undefined {
  const value = headers.get('retry-after')?.trim();
  if (!value) return undefined;
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1_000 : untilDate(value, headers.get('date'), now);
  if (!Number.isFinite(waitMs)) return undefined;
  return new Date(now.getTime() + Math.min(Math.max(0, Math.ceil(waitMs)), longestMs));
}

function untilDate(value: string, answeredAt: string | null, now: Date): number {
  // Date.parse takes "-5" for a year; an HTTP date begins with a weekday
  if (!/^[A-Z]/i.test(value)) return Number.NaN;
  const start = answeredAt === null ? Number.NaN : Date.parse(answeredAt);
  return Date.parse(value) - (Number.isNaN(start) ? now.getTime() : start);
}
