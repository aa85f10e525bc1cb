import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTestbedEnv } from './env.ts';

/** A stopped cluster to copy, and the password of all its roles. */
export interface Template {
  readonly copyOf: string;
  readonly password: string;
}

/**
 * The template of this run of the tests, made by whoever asks first. Two that ask at the same moment both make one, and both take that of
 * the first to be ready. undefined outside of such a run: nobody would remove it.
 */
export async function findTemplate(make: (empty: Template) => Promise<void>): Promise<Template | undefined> {
  const { runFolder } = readTestbedEnv();
  if (runFolder === undefined) return undefined;
  const copyOf = join(runFolder, 'postgres');
  const known = await readPassword(copyOf);
  if (known !== undefined) return { copyOf, password: known };
  const draft = await mkdtemp(join(runFolder, 'draft-'));
  try {
    const password = randomBytes(16).toString('hex');
    await make({ copyOf: draft, password });
    await writeFile(join(draft, 'password'), password, { mode: 0o600 });
    await rename(draft, copyOf);
    return { copyOf, password };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const another = await readPassword(copyOf);
    if (another === undefined) throw error;
    return { copyOf, password: another };
  }
}

function readPassword(folder: string): Promise<string | undefined> {
  return readFile(join(folder, 'password'), 'utf8').catch(() => undefined);
}
