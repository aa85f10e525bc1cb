import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes the folder for what the test files of this run share, and tells them by their environment where it is. */
export default async function makeRunFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-tests-'));
  await chmod(folder, 0o711); // PostgreSQL, started by root, has to pass
  process.env.FLEET_TESTBED_RUN = folder;
}
