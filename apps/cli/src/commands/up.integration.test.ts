import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fleetMain, runFleet } from '../testing/run-fleet.ts';

describe('fleet up', () => {
  let folder: string;
  let home: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleet-up-'));
    await chmod(folder, 0o711); // PostgreSQL, started by root, has to pass
    home = join(folder, 'home');
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGTERM');
    await Promise.all(started.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    await rm(folder, { recursive: true, force: true });
  });

  const env = () => ({ PATH: '/usr/bin:/bin', FLEET_HOME: home });

  async function up(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [fleetMain, 'up', '--workers', '1', '--api-port', '0'], {
      env: env(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => line.includes('| ready') && resolve());
      child.once('exit', () => reject(new Error('it ended before it was ready')));
    });
    await ready;
    return child;
  }

  async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  it('is found by other commands, stops in order, and goes on with the same data', async () => {
    const first = await up();
    expect((await stat(join(home, 'env.json'))).mode & 0o077).toBe(0);
    const found = await runFleet(['organizations', 'add', 'acme'], { env: env() });
    expect(found).toMatchObject({ code: 0 });
    await callsTheApi();
    const second = await runFleet(['up'], { env: env() });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('already');
    expect(await stop(first, 'SIGINT')).toBe(0);
    expect(existsSync(join(home, 'env.json'))).toBe(false);
    expect((await runFleet(['runs', 'list'], { env: env() })).code).toBe(2);

    const again = await up();
    expect(await runFleet(['--org', 'acme', 'runs', 'list', '--json'], { env: env() })).toMatchObject({
      code: 0,
      stdout: '[]\n',
    });
    const { pid } = JSON.parse(await readFile(join(home, 'env.json'), 'utf8'));
    const gone = removed(join(home, 'env.json'));
    await stop(again, 'SIGKILL');
    await gone;
    await expect(ended(pid)).resolves.toBeUndefined();
  }, 120_000);

  /** As another service does: with a token, at the address that the folder tells. */
  async function callsTheApi(): Promise<void> {
    const created = await runFleet(['--org', 'acme', 'tokens', 'create', 'x', '--scopes', 'runs:read'], { env: env() });
    const { variables } = JSON.parse(await readFile(join(home, 'env.json'), 'utf8'));
    const answer = await fetch(`${variables.FLEET_API_URL}/api/v1/integrations`, {
      headers: { authorization: `Bearer ${created.stdout.trim()}` },
    });
    expect(await answer.json()).toEqual({ items: [], nextCursor: null });
  }

  function removed(path: string): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(home, () => {
        if (existsSync(path)) return;
        watcher.close();
        resolve();
      });
    });
  }

  /** Resolves when the process is gone; nothing tells of the end of a process that is no child. */
  async function ended(pid: number): Promise<void> {
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
