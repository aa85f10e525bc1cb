import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { isCancel, password } from '@clack/prompts';
import type { Connector } from '@evidence-fleet/connector-sdk';
import { CliError, exitCodes, usageError } from './exit-codes.ts';
import { problemsOf } from './settings.ts';

export interface CredentialSource {
  readonly credentialsFile?: string;
  readonly credentialsStdin?: boolean;
}

/**
 * Reads a credential from a file, standard input or a prompt, never from an argument. Files and standard input hold the fields as JSON;
 * a kind with a single field may also be given as the bare value.
 * @throws CliError usage; what is wrong is named by field, never by value
 */
export async function readCredentials(
  connector: Connector,
  kind: string,
  source: CredentialSource,
): Promise<Record<string, unknown>> {
  const schema = connector.auth[kind]?.secrets;
  if (schema === undefined) {
    throw usageError(
      `${connector.title} has no credentials of the kind "${kind}". It has: ${Object.keys(connector.auth).join(', ')}.`,
    );
  }
  const fields = Object.keys(schema.shape);
  const given = await readGiven(fields, connector, source);
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw usageError(problemsOf(parsed.error, `The credentials (${kind}) do not fit`));
  return parsed.data;
}

async function readGiven(fields: readonly string[], connector: Connector, source: CredentialSource): Promise<unknown> {
  if (source.credentialsFile !== undefined) return parseCredentials(readFile(source.credentialsFile), fields);
  if (source.credentialsStdin) return parseCredentials(await readAll(process.stdin), fields);
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(
      'No terminal to ask at: give the credentials with --credentials-file <path> or --credentials-stdin.',
    );
  }
  const given: Record<string, string> = {};
  for (const field of fields) {
    const answer = await password({
      message: `${connector.title}: ${field} (empty to leave it out)`,
      output: process.stderr,
    });
    if (isCancel(answer)) throw new CliError(exitCodes.failed, 'Nothing was changed.');
    if (answer) given[field] = answer;
  }
  return given;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new CliError(exitCodes.usage, `The credentials file ${path} cannot be read${code}.`, { cause });
  }
}

/** The cause of a JSON error quotes the text, so it is not kept. */
function parseCredentials(text: string, fields: readonly string[]): unknown {
  const trimmed = text.trim();
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && !trimmed.startsWith('{')) return { [only]: trimmed };
  try {
    return JSON.parse(trimmed);
  } catch {
    throw usageError(`The credentials are not valid JSON. Write an object with these fields: ${fields.join(', ')}.`);
  }
}
