import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const title = 'The first control, from fail to pass';
const portOfReadme = '8642';

interface Step {
  readonly commands: readonly string[];
  /** Lines that the commands print, `…` standing for anything. */
  readonly shown: readonly string[];
}

let folder: string;
let port: number;
let sandbox: ChildProcess | undefined;
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-newcomer-'));
  await chmod(folder, 0o711); // PostgreSQL, started by root, has to pass
  for (const name of await readdir(root))
    if (!name.startsWith('.')) await symlink(join(root, name), join(folder, name));
  port = await freePort();
});
afterAll(async () => {
  if (sandbox?.pid !== undefined) {
    const ended = once(sandbox, 'close'); // when the last of its processes has let go of its output
    process.kill(-sandbox.pid, 'SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

const options = () => ({
  cwd: folder,
  env: { PATH: process.env.PATH ?? '', HOME: folder, npm_config_update_notifier: 'false' },
});

/** A clone that was just installed, without taking the time: its folder holds nothing but links to what is versioned, and the packages. */
it('holds what the README promises a newcomer, each line as it stands there but for the port', async () => {
  const [install, ...steps] = stepsOf(await readFile(join(root, 'README.md'), 'utf8'));
  expect(install?.commands).toEqual(['npm ci', 'npm run sandbox']);
  await startSandbox(`${install?.commands[1]} -- --port ${port}`);
  const token = await readFile(join(folder, '.fleet/sandbox-github-token'), 'utf8');
  expect((await stat(join(folder, '.fleet/sandbox-github-token'))).mode & 0o077).toBe(0);

  const codes: (number | null)[][] = [];
  for (const { commands, shown } of steps) {
    const ran: Awaited<ReturnType<typeof run>>[] = [];
    for (const command of commands) ran.push(await run(command));
    codes.push(ran.map(({ code }) => code));
    const printed = ran.map(({ output }) => output).join('\n');
    for (const line of shown) expect(spaced(printed)).toMatch(patternOf(line));
    said.push(printed);
  }
  expect(codes).toEqual([[1], [0, expect.any(Number), 0], [0, 0, 0]]);
  expect([0, 4]).toContain(codes[1]?.[1]); // partial where it came before the sync that the schedule asks for
  expect(said.join('\n')).not.toContain(token.trim());
});

function stepsOf(readme: string): Step[] {
  const section = readme.split(/^## /m).find((one) => one.startsWith(title)) ?? '';
  const blocks = [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, block = '']) => ({
    language,
    block,
  }));
  return blocks.flatMap(({ language, block }, nth) => {
    if (language !== 'sh') return [];
    const next = blocks[nth + 1];
    const shown = next?.language === '' ? linesOf(next.block) : [];
    return [{ commands: linesOf(block.replaceAll('\\\n', ' ')).map(atFreePort), shown }];
  });
}

function linesOf(block: string): string[] {
  return block.split('\n').filter((line) => line.trim() !== '');
}

/** What else runs on this machine may have taken the one of the README. */
function atFreePort(command: string): string {
  return command.replaceAll(`:${portOfReadme}/`, `:${port}/`).replaceAll(`:${portOfReadme} `, `:${port} `);
}

async function startSandbox(command: string): Promise<void> {
  const started = spawn('sh', ['-c', command], { ...options(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  sandbox = started;
  await new Promise<void>((resolve, reject) => {
    for (const input of [started.stdout, started.stderr]) {
      createInterface({ input }).on('line', (line) => {
        said.push(line);
        if (line.includes('| ready')) resolve();
      });
    }
    started.once('exit', () => reject(new Error(`it ended before it was ready:\n${said.join('\n')}`)));
  });
}

async function run(command: string) {
  const child = spawn('sh', ['-c', command], { ...options(), stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, output: `${stdout}\n${stderr}` };
}

/** Columns are as wide as what stands in them. */
function spaced(printed: string): string {
  return printed.replace(/ +/g, ' ');
}

function patternOf(line: string): RegExp {
  const parts = spaced(line)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').trim());
  return new RegExp(parts.join('.*'));
}
