import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DebianTool {
  /** Names of its command, the first that is found is taken. */
  readonly commands: readonly [string, ...string[]];
  /** The package that brings the first of them. */
  readonly package: string;
  /** For people, where it is missing. */
  readonly hint: string;
}

/** Finds a command on PATH; as root on a Debian-like host installs it once. @throws with the hint */
export function debianTool({ commands, package: name, hint }: DebianTool): string {
  const found = commands.find((command) => runs(command, ['--version']));
  if (found !== undefined) return found;
  const [wanted] = commands;
  if (process.getuid?.() === 0 && runs('apt-get', ['--version'])) {
    // Several test files may find it missing at once: one installs, the others wait for it.
    const install = `command -v ${wanted} ||
      { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${name}; }`;
    spawnSync('flock', [join(tmpdir(), `evidence-fleet-${name}.lock`), 'sh', '-c', install], {
      stdio: 'ignore',
      timeout: 180_000,
    });
    if (runs(wanted, ['--version'])) return wanted;
  }
  throw new Error(hint);
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args], { stdio: 'ignore' }).status === 0;
}
