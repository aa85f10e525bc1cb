import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own that can be filled up. */
export interface SmallVolume {
  readonly directory: string;
  /** Leaves nothing free. */
  fill(): Promise<void>;
  free(): Promise<void>;
  close(): Promise<void>;
}

/** Mounts a tmpfs; null where mounting is not permitted. */
export async function mountSmallVolume(megabytes: number): Promise<SmallVolume | null> {
  const directory = await mkdtemp(join(tmpdir(), 'fleet-volume-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
  if (mounted.status !== 0) {
    await rm(directory, { recursive: true });
    return null;
  }
  const ballast = join(directory, 'ballast');
  return {
    directory,
    async fill() {
      const { bavail, bsize } = await statfs(directory);
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(unlessFull); // somebody else wrote meanwhile
    },
    free: () => rm(ballast, { force: true }),
    async close() {
      spawnSync('umount', [directory]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function unlessFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error;
}
