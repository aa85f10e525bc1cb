import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTestbedEnv, type TestbedEnv } from './env.ts';
import { whileLocked } from './lock-file.ts';

const run = promisify(execFile);

/** Where the programs of a Debian package are, or why they are nowhere. */
export type DebianPackage =
  | { readonly available: true; readonly folder: string }
  | { readonly available: false; readonly why: string };

/**
 * A Debian package, downloaded once and unpacked beside the system, so that none of its services starts. Callers at one time, also of other
 * processes, wait for one of them to do it. Without apt or a mirror it is unavailable, with a sentence that says so; in CI that throws.
 * @param name of a package whose programs need nothing but the C library
 */
export async function debianPackage(name: string, env: TestbedEnv = readTestbedEnv()): Promise<DebianPackage> {
  const cache = env.cacheFolder ?? join(import.meta.dirname, '../../../.testbed');
  await mkdir(cache, { recursive: true });
  const folder = join(cache, `deb-${name}`);
  try {
    await whileLocked(`${folder}.lock`, async () => {
      const isThere = (await readdir(cache)).includes(`deb-${name}`);
      if (!isThere) await unpack(name, folder, env);
    });
    return { available: true, folder };
  } catch (error) {
    const why = `The Debian package ${name} could not be had: ${reason(error)}. It needs apt-get, dpkg-deb and a mirror that they can reach; or put its programs on PATH.`;
    if (env.isCi) throw new Error(why, { cause: error });
    return { available: false, why };
  }
}

/** Made beside its place and moved there whole, so that no half of it is ever found. */
async function unpack(name: string, folder: string, env: TestbedEnv): Promise<void> {
  const draft = `${folder}.${randomBytes(4).toString('hex')}.draft`;
  const options = { cwd: draft, env: env.inherited, timeout: 170_000 };
  await mkdir(draft);
  try {
    // The lists may be missing, or name a version that the mirror does not have any more.
    await download(name, options).catch(async () => {
      await run('apt-get', ['update', '-qq'], options);
      await download(name, options);
    });
    const archive = (await readdir(draft)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get downloaded nothing');
    await run('dpkg-deb', ['-x', archive, 'root'], options);
    await rename(join(draft, 'root'), folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function download(name: string, options: Parameters<typeof run>[2]): Promise<unknown> {
  return run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], options);
}

function reason(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  if (code === 'ENOENT') return 'this is no Debian';
  return (
    String(stderr ?? '')
      .trim()
      .split('\n')
      .at(-1) || String(error)
  );
}
