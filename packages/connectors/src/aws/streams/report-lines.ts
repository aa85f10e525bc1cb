import { ConnectorError } from '@evidence-fleet/connector-sdk';

/** A line of the report by the names of its columns. */
export type ReportLine = Readonly<Record<string, string>>;

/** Columns without which the report would say less than evidence needs. */
const needed = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  'access_key_1_active',
  'access_key_1_last_rotated',
  'access_key_1_last_used_date',
  'access_key_2_active',
  'access_key_2_last_rotated',
  'access_key_2_last_used_date',
  'cert_1_active',
  'cert_2_active',
] as const;

/**
 * The lines of a credential report. Throws ConnectorError `malformed` where a column is missing, or a line has not as many fields.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
 */
export function readReport(text: string): readonly ReportLine[] {
  const [head = '', ...lines] = text.trim().split(/\r?\n/);
  const columns = head.split(',');
  const missing = needed.find((name) => !columns.includes(name));
  if (missing !== undefined) throw malformed(`without the column ${missing}`);
  return lines.map((line) => {
    const fields = wholeNames(line.split(','), columns.length);
    if (fields.length !== columns.length) throw malformed('with a line of another length');
    return Object.fromEntries(columns.map((name, index) => [name, fields[index] ?? '']));
  });
}

/** The name of a user may hold commas, and the report quotes nothing: what is too much belongs to the name and to the ARN alike. */
function wholeNames(fields: readonly string[], columns: number): readonly string[] {
  const extra = (fields.length - columns) / 2;
  if (extra <= 0 || !Number.isInteger(extra)) return fields;
  const size = extra + 1;
  return [fields.slice(0, size).join(), fields.slice(size, 2 * size).join(), ...fields.slice(2 * size)];
}

function malformed(how: string): ConnectorError {
  return new ConnectorError('malformed', `AWS answered with a credential report ${how}.`);
}
