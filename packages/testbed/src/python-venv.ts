import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTestbedEnv, type TestbedEnv } from './env.ts';
import { whileLocked } from './lock-file.ts';

const run = promisify(execFile);

export interface PythonTool {
  /** Name and version, the name of its folder in the cache, e.g. `moto-5.2.5`. */
  readonly name: string;
  /** What pip installs, pinned. */
  readonly packages: readonly string[];
}

/** Whether the tool can be run here, and why not. */
export type PythonVenv =
  | { readonly available: true; readonly python: string }
  | { readonly available: false; readonly why: string };

/**
 * A Python virtual environment with `tool` in it, made once and kept. Callers at one time, also of other processes, wait for one of
 * them to make it. Without python3 or a package index it is unavailable, with a sentence that says so; in CI that throws.
 */
export async function pythonVenv(tool: PythonTool, env: TestbedEnv = readTestbedEnv()): Promise<PythonVenv> {
  const cache = env.cacheFolder ?? join(import.meta.dirname, '../../../.testbed');
  await mkdir(cache, { recursive: true });
  const folder = join(cache, tool.name);
  const python = join(folder, 'bin', 'python');
  if (await exists(python)) return { available: true, python };
  try {
    await whileLocked(`${folder}.lock`, async () => {
      if (!(await exists(python))) await make(tool, folder, env); // another process may have made it meanwhile
    });
  } catch (error) {
    const why = `${tool.name} could not be installed: ${reason(error)}. It needs python3 with venv, and a package index that pip can reach.`;
    if (env.isCi) throw new Error(why, { cause: error });
    return { available: false, why };
  }
  return { available: true, python };
}

/** Made beside its place and moved there whole, so that no half-made environment is ever found. */
async function make({ packages }: PythonTool, folder: string, env: TestbedEnv): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}.draft`;
  const options = { env: env.inherited, timeout: 170_000 };
  try {
    await run('python3', ['-m', 'venv', draft], options);
    const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
    await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, ...packages], options);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function reason(error: unknown): string {
  if (isCode(error, 'ENOENT')) return 'there is no python3';
  // pip's last line names the cause; what comes before is its log.
  const isFailure = typeof error === 'object' && error !== null && 'stderr' in error;
  return (isFailure ? String(error.stderr).trim().split('\n').at(-1) : undefined) || String(error);
}

function isCode(error: unknown, code: string): boolean {
  // By shape: under Jest, Node's own errors are of another realm's class.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
