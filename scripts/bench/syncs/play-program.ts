import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { heapFlags } from '@evidence-fleet/service';
import type { Paced } from './pace.ts';
import type { TinyTask } from './tiny-task.ts';

/** Plays a program in a process of its own; its last line is what it measured. Throws what it wrote when it failed. */
export async function playProgram(name: 'worker-program' | 'least-program', task: TinyTask): Promise<Paced> {
  const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...heapFlags, program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors.slice(-2_000)}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
}
