import { rm } from 'node:fs/promises';

export default async function removeRunFolder() {
  const folder = process.env.FLEET_TESTBED_RUN;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
