import type { Connector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { usageError } from './exit-codes.ts';

/**
 * Reads `--setting key=value` options by the connector's schema. A value is JSON where it can be; lists are written `a,b`, or the option
 * is repeated. What the fleet generates (an external id) cannot be chosen.
 * @throws CliError usage that names every wrong field
 */
export function readSettings(connector: Connector, options: readonly string[]): Record<string, unknown> {
  const generated = connector.generate?.() ?? {};
  const given: Record<string, unknown> = {};
  for (const [field, texts] of group(options)) {
    const schema = connector.settings.shape[field];
    if (schema === undefined) throw unknownSetting(connector, field);
    if (Object.hasOwn(generated, field))
      throw usageError(`The setting "${field}" is made by the fleet and cannot be chosen.`);
    given[field] = readValue(schema, texts);
  }
  const parsed = connector.settings.safeParse({ ...given, ...generated });
  if (!parsed.success) throw usageError(problemsOf(parsed.error, `The settings of ${connector.title} do not fit`));
  return parsed.data;
}

/** Every problem on a line of its own: field and what is expected, never the value. */
export function problemsOf(error: z.ZodError, title: string): string {
  const lines = error.issues.map(({ path, message }) => `  ${path.join('.') || 'all'}: ${message}`);
  return `${title}:\n${lines.join('\n')}`;
}

function group(options: readonly string[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const option of options) {
    const equals = option.indexOf('=');
    if (equals < 1) throw usageError(`--setting is written key=value; "${option}" is not.`);
    const field = option.slice(0, equals);
    grouped.set(field, [...(grouped.get(field) ?? []), option.slice(equals + 1)]);
  }
  return grouped;
}

/** The first reading that the field's schema takes wins; where none fits, one of the right kind tells best what is wrong. */
function readValue(schema: z.core.$ZodType, texts: readonly string[]): unknown {
  const [text = ''] = texts;
  const parts = texts.flatMap((one) => one.split(',').map((part) => part.trim()));
  const readings: unknown[] = texts.length > 1 ? [parts] : [text, ...asJson(text), parts];
  const issuesOf = (value: unknown) => z.safeParse(schema, value).error?.issues ?? [];
  const isOfKind = (value: unknown) => issuesOf(value).every(({ path }) => path.length > 0);
  return readings.find((value) => issuesOf(value).length === 0) ?? readings.find(isOfKind) ?? readings.at(-2) ?? parts;
}

function asJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // plain text, which most settings are
    return [];
  }
}

function unknownSetting(connector: Connector, field: string): Error {
  const known = Object.keys(connector.settings.shape).filter(
    (name) => !Object.hasOwn(connector.generate?.() ?? {}, name),
  );
  return usageError(`${connector.title} has no setting "${field}". It has: ${known.join(', ')}.`);
}
