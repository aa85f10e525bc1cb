import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { CliError, exitCodes } from './exit-codes.ts';

/**
 * Reads what is secret from a file or from standard input; never from an argument.
 * @param what is read, as the error's sentence begins: "The credentials file"
 * @returns undefined where neither was named
 * @throws CliError usage when the file cannot be read
 */
export async function readSecretText(
  source: { readonly file: string | undefined; readonly stdin: boolean | undefined },
  what: string,
): Promise<string | undefined> {
  if (source.file !== undefined) return readFile(source.file, what).trim();
  return source.stdin ? (await readAll(process.stdin)).trim() : undefined;
}

function readFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new CliError(exitCodes.usage, `${what} ${path} cannot be read${code}.`, { cause });
  }
}
