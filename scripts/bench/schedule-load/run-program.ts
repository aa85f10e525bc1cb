import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { heapFlags } from '@evidence-fleet/service';

/** Runs a program of this folder to its end in a process of its own, and gives what it printed. Throws what it wrote when it failed. */
export async function runProgram(name: string, task: object): Promise<string> {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [...heapFlags, program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors.slice(-2_000)}`);
  return output;
}
