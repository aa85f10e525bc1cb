import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTestbedEnv, type TestbedEnv } from './env.ts';
import { isCode, keepTool, lastWords } from './keep-tool.ts';

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
 * A Python virtual environment with `tool` in it, made once and kept. Without python3 or a package index it is unavailable, with a sentence that
 * says so; in CI that throws.
 */
export async function pythonVenv(tool: PythonTool, env: TestbedEnv = readTestbedEnv()): Promise<PythonVenv> {
  const kept = await keepTool(
    {
      name: tool.name,
      file: 'bin/python',
      needs: 'python3 with venv, and a package index that pip can reach',
      make: (draft) => make(tool, draft, env),
      reason: (error) => (isCode(error, 'ENOENT') ? 'there is no python3' : lastWords(error)),
    },
    env,
  );
  return kept.available ? { available: true, python: kept.path } : kept;
}

async function make({ packages }: PythonTool, draft: string, env: TestbedEnv): Promise<void> {
  const options = { env: env.inherited, timeout: 170_000 };
  await run('python3', ['-m', 'venv', draft], options);
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
  await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', ...flags, ...packages], options);
}
