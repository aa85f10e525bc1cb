import { isNativeError } from 'node:util/types';

const deepest = 6;
const longestList = 100;

/**
 * What of an error may be logged: an allow-list, because SDKs hang requests, headers and bodies on their errors.
 * The texts are scrubbed later, with the rest of the line.
 */
export function describeError(error: Error, depth = 0): Record<string, unknown> {
  const described: Record<string, unknown> = {
    type: error.name,
    ...pick(error, 'code'),
    ...pick(error, 'providerCode'),
    message: error.message,
    stack: error.stack,
  };
  if (depth >= deepest) return described;
  if (error instanceof AggregateError) {
    described.errors = error.errors.slice(0, 10).map((one) => describeValue(one, depth + 1));
  }
  if (isError(error.cause)) described.cause = describeError(error.cause, depth + 1);
  return described;
}

/** Log fields as they may be written: errors by the allow-list at any depth, bytes as their number, cycles cut by depth. */
export function describeFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, describeValue(value, 1)]));
}

/** Also true of errors of another realm (`vm`, test runners), which `instanceof` does not know. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value);
}

function describeValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (isError(value)) return describeError(value, depth);
  // A Buffer's own JSON would list its bytes.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if ('toJSON' in value) return value;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, longestList).map((item) => describeValue(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, describeValue(item, depth + 1)]));
}

function pick(error: Error, name: 'code' | 'providerCode'): Record<string, string | number> {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' || typeof value === 'number' ? { [name]: value } : {};
}
