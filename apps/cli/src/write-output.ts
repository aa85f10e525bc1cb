import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CliError, exitCodes } from './exit-codes.ts';

/**
 * Writes text as fast as it is taken, so that memory stays flat.
 * @param path a new file, readable by its owner only; undefined: standard output
 * @returns false: the reader (head, less) had seen enough
 * @throws CliError when the file is there already or cannot be written
 */
export async function writeOutput(parts: AsyncIterable<string>, path: string | undefined): Promise<boolean> {
  try {
    // standard output stays open for what comes after
    await pipeline(Readable.from(parts), destination(path), { end: path !== undefined });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPIPE') return false;
    if (path !== undefined && /^E[A-Z]+$/.test(codeOf(error) ?? '')) {
      throw new CliError(exitCodes.failed, `${path} cannot be written (${codeOf(error)}).`, { cause: error });
    }
    throw error;
  }
}

function destination(path: string | undefined): Writable {
  return path === undefined ? process.stdout : createWriteStream(path, { flags: 'wx', mode: 0o600 });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
