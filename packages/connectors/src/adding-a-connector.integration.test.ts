import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const repository = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** A fenced block of the document: its fence names the file that it is, or the file that it is a line of. */
interface Block {
  readonly kind: 'file' | 'line';
  readonly path: string;
  readonly code: string;
}

async function readBlocks(): Promise<Block[]> {
  const text = await readFile(join(repository, 'docs/adding-a-connector.md'), 'utf8');
  return [...text.matchAll(/^```ts (file|line)=(\S+)\n(.*?)^```$/gms)].map(([, kind, path, code]) => {
    return { kind: kind === 'line' ? 'line' : 'file', path: path ?? '', code: code ?? '' };
  });
}

/** The tests of the other connectors stay where they are; the suite over the whole catalogue comes along. */
function comesAlong(path: string): boolean {
  return !path.endsWith('.test.ts') || basename(path) === 'conformance.integration.test.ts';
}

/** A list of exports with one more, where the alphabet puts it; what stands above them stays there. */
function inOrder(text: string, line: string): string {
  const lines = text.trimEnd().split('\n');
  const head = lines.filter((one) => !one.startsWith('export '));
  const exports = lines.filter((one) => one.startsWith('export '));
  return [...head, ...[...exports, line.trimEnd()].toSorted(), ''].join('\n');
}

/** What a command said, whether or not it succeeded. */
async function answered(
  command: Promise<{ stdout: string; stderr: string }>,
): Promise<{ stdout: string; stderr: string }> {
  return command.catch((error: { stdout: string; stderr: string }) => error); // of execFile: it carries both
}

const jestConfig = `
  import base from '../../jest.config.js';
  const testMatch = ['<rootDir>/src/**/conformance.integration.test.ts'];
  const { globalSetup, globalTeardown, testSequencer, ...shared } = base; // which stand in the repository itself
  export default { ...shared, rootDir: import.meta.dirname, testMatch, maxWorkers: 1 };
`;

describe('docs/adding-a-connector.md', () => {
  let copy: string;
  let blocks: Block[];

  /** The package as it would be with the document's connector, where its workspace's dependencies are found. */
  beforeAll(async () => {
    blocks = await readBlocks();
    await mkdir(join(repository, '.testbed'), { recursive: true });
    copy = await mkdtemp(join(repository, '.testbed/adding-a-connector-'));
    await cp(import.meta.dirname, join(copy, 'src'), { recursive: true, filter: comesAlong });
    for (const { kind, path, code } of blocks) {
      const target = join(copy, 'src', path);
      await mkdir(dirname(target), { recursive: true });
      // `wx`: a block that overwrites what is there would be more than a new folder.
      if (kind === 'file') await writeFile(target, code, { flag: 'wx' });
      else await writeFile(target, inOrder(await readFile(target, 'utf8'), code));
    }
    // The others are checked where they stand; what the test of this one imports is all of them.
    const only = { include: ['src/cloudflare'], exclude: ['**/*.test.ts'] };
    const options = { extends: join(repository, 'tsconfig.json'), ...only };
    await writeFile(join(copy, 'tsconfig.json'), JSON.stringify(options));
    await writeFile(join(copy, 'jest.config.js'), jestConfig);
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('adds one folder and one line', async () => {
    const folders = new Set(blocks.filter(({ kind }) => kind === 'file').map(({ path }) => dirname(path)));
    expect([...folders]).toEqual(['cloudflare']);
    expect(blocks.filter(({ kind }) => kind === 'line')).toEqual([
      { kind: 'line', path: 'catalog.ts', code: "export { cloudflare } from './cloudflare/index.ts';\n" },
    ]);
    const standing = new Set(await readdir(import.meta.dirname));
    expect((await readdir(join(copy, 'src'))).filter((name) => !standing.has(name))).toEqual(['cloudflare']);
    const catalog = (folder: string) => readFile(join(folder, 'catalog.ts'), 'utf8').then((text) => text.split('\n'));
    const [before, after] = await Promise.all([catalog(import.meta.dirname), catalog(join(copy, 'src'))]);
    expect(after.filter((line) => !before.includes(line))).toHaveLength(1);
    expect(after).toHaveLength(before.length + 1);
  });

  it('makes a connector that the catalogue knows', async () => {
    const script = `
      const { connectors, evidenceTypes } = await import(${JSON.stringify(join(copy, 'src/index.ts'))});
      console.log(JSON.stringify({ connectors: [...connectors.keys()], types: [...evidenceTypes.keys()] }));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--no-warnings', '-e', script]);
    const { connectors, types } = JSON.parse(stdout);
    expect(connectors).toEqual(['aws', 'cloudflare', 'github', 'jira', 'okta']);
    expect(types).toEqual(expect.arrayContaining(['cloudflare.account_member', 'cloudflare.zone_tls']));
  });

  it('keeps to the types of the contract', async () => {
    const tsc = join(repository, 'node_modules/typescript/bin/tsc');
    const { stdout } = await answered(run(process.execPath, [tsc, '-p', copy, '--checkers', '1']));
    expect(stdout).toBe('');
  });

  it('passes its own tests and the conformance suite', async () => {
    const jest = join(repository, 'node_modules/jest/bin/jest.js');
    const flags = [
      '--experimental-vm-modules',
      '--no-warnings',
      jest,
      '--config',
      join(copy, 'jest.config.js'),
      '--json',
      '--testNamePattern=cloudflare|the catalogue', // the others are tested where they stand
    ];
    const { stdout, stderr } = await answered(run(process.execPath, flags, { cwd: copy, maxBuffer: 2 ** 26 }));
    const { success, testResults } = JSON.parse(stdout);
    if (!success) throw new Error(stderr);
    const suites: { name: string; assertionResults: { fullName: string }[] }[] = testResults;
    const own = suites.find(({ name }) => name.includes('/cloudflare/'))?.assertionResults ?? [];
    for (const type of ['cloudflare.account_member', 'cloudflare.zone_tls'])
      expect(own.filter(({ fullName }) => fullName.includes(`${type} `))).toHaveLength(4);
    const all = suites.find(({ name }) => !name.includes('/cloudflare/'))?.assertionResults ?? [];
    expect(all.some(({ fullName }) => fullName.startsWith('connector cloudflare '))).toBe(true);
  });
});
