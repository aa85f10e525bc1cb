import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestbedEnv } from './env.ts';

/** A tool that is made once and kept. */
export interface MadeTool {
  /** Name and version, the name of its folder in the cache, e.g. `moto-5.2.5`. */
  readonly name: string;
  /** A file of it, below its folder. */
  readonly file: string;
  /** What making it needs, for people: "python3 with venv". */
  readonly needs: string;
  /** Makes it in a folder that will be moved to its place. */
  make(draft: string): Promise<void>;
  /** Why making failed, in a few words. */
  reason(error: unknown): string;
}

/** Whether the tool can be run here, and why not. */
export type KeptTool =
  | { readonly available: true; readonly path: string }
  | { readonly available: false; readonly why: string };

/**
 * Makes the tool unless it was made before. Callers at one time, also of other processes, wait for one of them to make it. Where that fails it
 * is unavailable, with a sentence that says so; in CI that throws.
 * @returns the path of its file
 */
export async function keepTool(tool: MadeTool, env: TestbedEnv): Promise<KeptTool> {
  const cache = env.cacheFolder ?? join(import.meta.dirname, '../../../.testbed');
  await mkdir(cache, { recursive: true });
  const folder = join(cache, tool.name);
  const path = join(folder, tool.file);
  const lock = `${folder}.lock`;
  while (!(await exists(path))) {
    if (!(await takeLock(lock))) {
      await sleep(200); // another process is making it
      continue;
    }
    try {
      if (!(await exists(path))) await make(tool, folder);
    } catch (error) {
      const why = `${tool.name} could not be installed: ${tool.reason(error)}. It needs ${tool.needs}.`;
      if (env.isCi) throw new Error(why, { cause: error });
      return { available: false, why };
    } finally {
      await rm(lock, { force: true });
    }
  }
  return { available: true, path };
}

/** Made beside its place and moved there whole, so that no half-made one is ever found. */
async function make(tool: MadeTool, folder: string): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}.draft`;
  try {
    await tool.make(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** False while a living process holds it. A lock whose process is gone is removed, for the next try. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM'); // somebody else's, but alive
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function isCode(error: unknown, code: string): boolean {
  // By shape: under Jest, Node's own errors are of another realm's class.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** The last line that a command wrote to its standard error; what comes before is its log. */
export function lastWords(error: unknown): string {
  const isFailure = typeof error === 'object' && error !== null && 'stderr' in error;
  return (isFailure ? String(error.stderr).trim().split('\n').at(-1) : undefined) || String(error);
}
