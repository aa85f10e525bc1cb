import { ConnectorError } from '@evidence-fleet/connector-sdk';

/** Date has whole seconds, and answers travel: a smaller difference is none. */
const ignoredMs = 2_000;

/**
 * Now, by the clock of whoever answered: a time that the provider names is one of its own clock, and ours may be minutes off. Ours where
 * the answer has no date. https://www.rfc-editor.org/rfc/rfc9110#field.date
 */
export function providerNow(headers: Headers, now: Date): Date {
  const answered = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(answered) || Math.abs(answered - now.getTime()) < ignoredMs ? now : new Date(answered);
}

/** A time of the provider's clock, in ours. */
export function toOurTime(time: Date, theirNow: Date, ourNow: Date): Date {
  return new Date(time.getTime() - theirNow.getTime() + ourNow.getTime());
}

/** The same error, which waits until the same moment by our clock. */
export function errorInOurTime(error: ConnectorError, theirNow: Date, ourNow: Date): ConnectorError {
  const { code, message, retryAt, providerCode, cause } = error;
  if (retryAt === undefined || theirNow === ourNow) return error;
  return new ConnectorError(code, message, { retryAt: toOurTime(retryAt, theirNow, ourNow), providerCode, cause });
}
