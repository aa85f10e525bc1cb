import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Proof } from './mutation.ts';

export interface Proven {
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

/** Longest a proof may take, in milliseconds; one that is stopped has failed, and says so. */
const longestMs = 240_000;

/** Runs a proof in a folder, and ends whatever it started when it takes too long. */
export async function prove({ args }: Proof, folder: string): Promise<Proven> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true, // a group of its own, so that its servers end with it
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
  const alarm = setTimeout(() => {
    output.push(`\nstopped after ${longestMs / 1_000} s\n`);
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, longestMs);
  const [code] = await once(child, 'close');
  clearTimeout(alarm);
  return { passed: code === 0, output: output.join(''), seconds: (performance.now() - started) / 1_000 };
}
