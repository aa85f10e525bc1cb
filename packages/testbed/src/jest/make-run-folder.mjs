import { chmod, mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inMemory = '/dev/shm';
/** What the servers of a run hold at once is a tenth of it. */
const roomBytes = 8 * 1024 ** 3;

/** Makes the folder for what the test files of this run share and keep, and tells them by their environment where it is. */
export default async function makeRunFolder() {
  const folder = await mkdtemp(join((await hasRoom()) ? inMemory : tmpdir(), 'fleet-tests-'));
  await chmod(folder, 0o711); // PostgreSQL, started by root, has to pass
  process.env.FLEET_TESTBED_RUN = folder;
}

/** A hundred clusters of 1,500 files each: on a disk their files alone take minutes of processor time to make. */
async function hasRoom() {
  if (process.availableMemory() < roomBytes) return false;
  return statfs(inMemory).then(
    ({ bavail, bsize }) => bavail * bsize >= roomBytes,
    () => false,
  );
}
