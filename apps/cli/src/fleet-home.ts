import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where a `fleet up` that runs now is to be found; written when it is ready, removed when it stops. */
const running = z.object({
  /** The process that stops all others. */
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  variables: z.record(z.string(), z.string()),
});
export type RunningFleet = z.output<typeof running>;

const fileOf = (home: string) => join(home, 'env.json');

/** The running fleet of this folder; undefined when there is none, or its process is gone. */
export function readRunning(home: string): RunningFleet | undefined {
  if (!existsSync(fileOf(home))) return undefined;
  const parsed = running.safeParse(JSON.parse(readFileSync(fileOf(home), 'utf8')));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

export function writeRunning(home: string, fleet: RunningFleet): void {
  writePrivate(fileOf(home), `${JSON.stringify(fleet, null, 2)}\n`);
}

export function removeRunning(home: string): void {
  rmSync(fileOf(home), { force: true });
}

/** The content of a file in the folder; made on first use. */
export function readOrMake(home: string, name: string, make: () => string): string {
  const path = join(home, name);
  if (!existsSync(path)) writePrivate(path, `${make()}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** PostgreSQL, started by root, runs as a user of its own, who must be able to pass through the folder; its files stay private. */
export function makeHome(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o711 });
  chmodSync(home, 0o711);
}

/** Readable by its owner only, from the first moment on, and never half written. */
function writePrivate(path: string, content: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // it is there, and somebody else's
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
