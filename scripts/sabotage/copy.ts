import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Edit } from './mutation.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const scope = '@evidence-fleet';
/** Not in git, and made by the installation. */
const generated = 'packages/db/src/generated';

/** A copy of the repository that may be broken. */
export interface Copy {
  readonly folder: string;
  /** Breaks it for as long as the work takes. */
  broken<T>(edits: readonly Edit[], work: () => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** Copies the working tree; what is installed is linked, but the fleet's own packages are the copy's. */
export async function copyRepository(): Promise<Copy> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-sabotage-'));
  for (const file of await files()) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(repository, file), join(folder, file));
  }
  await cp(join(repository, generated), join(folder, generated), { recursive: true });
  await linkModules(folder, '.');
  for (const kind of ['apps', 'packages'])
    for (const name of await readdir(join(folder, kind))) await linkModules(folder, join(kind, name));
  return {
    folder,
    async broken(edits, work) {
      const sound = await Promise.all(edits.map(({ file }) => readFile(join(folder, file), 'utf8')));
      try {
        for (const edit of edits) await apply(folder, edit);
        return await work();
      } finally {
        for (const [index, { file }] of edits.entries()) await writeFile(join(folder, file), sound[index] ?? '');
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function files(): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', args, { cwd: repository, maxBuffer: 2 ** 26 });
  const listed = stdout.split('\0').filter(Boolean);
  const there = await Promise.all(listed.map((file) => exists(join(repository, file))));
  return listed.filter((_, index) => there[index]);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** A folder of links: to what is installed here, and for the fleet's own packages to their places in the copy. */
async function linkModules(folder: string, workspace: string): Promise<void> {
  const installed = join(repository, workspace, 'node_modules');
  if (!(await exists(installed))) return;
  const modules = join(folder, workspace, 'node_modules');
  await mkdir(join(modules, scope), { recursive: true });
  for (const name of await readdir(installed))
    if (name !== scope) await symlink(join(installed, name), join(modules, name));
  if (!(await exists(join(installed, scope)))) return;
  for (const name of await readdir(join(installed, scope))) {
    const target = resolve(installed, scope, await readlink(join(installed, scope, name)));
    await symlink(join(folder, target.slice(repository.length)), join(modules, scope, name));
  }
}

/** @throws when the text is not there exactly once: then the product changed, and the list of mutations has to follow */
async function apply(folder: string, { file, find, replace }: Edit): Promise<void> {
  const text = await readFile(join(folder, file), 'utf8');
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${file} does not hold this text exactly once:\n${find}`);
  await writeFile(join(folder, file), before + replace + after);
}
