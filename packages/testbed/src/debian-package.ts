import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readTestbedEnv, type TestbedEnv } from './env.ts';
import { isCode, type KeptTool, keepTool, lastWords } from './keep-tool.ts';

const run = promisify(execFile);

export interface DebianProgram {
  /** The package that brings it; its programs need nothing but the C library. */
  readonly package: string;
  /** Where it stands in the package, e.g. `usr/bin/prometheus`. */
  readonly file: string;
}

/**
 * A program of a Debian package, downloaded once and unpacked beside the system, so that none of the package's services starts. Without apt or a
 * mirror it is unavailable, with a sentence that says so; in CI that throws.
 */
export function debianPackage(program: DebianProgram, env: TestbedEnv = readTestbedEnv()): Promise<KeptTool> {
  return keepTool(
    {
      name: `deb-${program.package}`,
      file: program.file,
      needs: 'apt-get, dpkg-deb and a mirror that they can reach; or put its programs on PATH',
      make: (draft) => unpack(program.package, draft, env),
      reason: (error) => (isCode(error, 'ENOENT') ? 'this is no Debian' : lastWords(error)),
    },
    env,
  );
}

async function unpack(name: string, draft: string, env: TestbedEnv): Promise<void> {
  const options = { cwd: draft, env: env.inherited, timeout: 170_000 };
  await mkdir(draft);
  // The lists may be missing, or name a version that the mirror does not have any more.
  await download(name, options).catch(async () => {
    await run('apt-get', ['update', '-qq'], options);
    await download(name, options);
  });
  const archive = (await readdir(draft)).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get downloaded nothing');
  await run('dpkg-deb', ['-x', archive, '.'], options);
  await rm(join(draft, archive));
}

function download(name: string, options: Parameters<typeof run>[2]): Promise<unknown> {
  return run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], options);
}
