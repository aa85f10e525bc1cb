import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { heapFlags } from '@evidence-fleet/service';
import type { SyncMeasured, SyncTask } from './sync-task.ts';

const program = fileURLToPath(new URL('sync-program.ts', import.meta.url));

/** Plays syncs in a process of their own. Throws what that wrote when it failed. */
export async function playSync(task: SyncTask): Promise<SyncMeasured> {
  const child = spawn(process.execPath, [...heapFlags, program, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`The sync program ended with ${code}: ${errors.slice(-2_000)}`);
  return JSON.parse(output);
}
