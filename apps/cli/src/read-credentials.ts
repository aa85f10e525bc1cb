import { isCancel, password } from '@clack/prompts';
import type { Connector } from '@evidence-fleet/connector-sdk';
import { CliError, exitCodes, usageError } from './exit-codes.ts';
import { readSecretText } from './read-text.ts';
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
  const { credentialsFile: file, credentialsStdin: stdin } = source;
  const text = await readSecretText({ file, stdin }, 'The credentials file');
  if (text !== undefined) return parseCredentials(text, fields);
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

/** The cause of a JSON error quotes the text, so it is not kept. */
function parseCredentials(text: string, fields: readonly string[]): unknown {
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && !text.startsWith('{')) return { [only]: text };
  try {
    return JSON.parse(text);
  } catch {
    throw usageError(`The credentials are not valid JSON. Write an object with these fields: ${fields.join(', ')}.`);
  }
}
