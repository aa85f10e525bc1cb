import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The sections that commands write, each between two marks of its name, and their pages in docs. */
const pages = {
  truth: 'reliability.md',
  durability: 'reliability.md',
  requests: 'reliability.md',
  model: 'reliability.md',
  sabotage: 'reliability.md',
  api: 'reliability.md',
  'calls-aws': 'performance.md',
  'calls-github': 'performance.md',
  'calls-jira': 'performance.md',
  'calls-okta': 'performance.md',
  bench: 'performance.md',
  growth: 'scale.md',
} as const;

/**
 * Writes what a command printed into its section of a page in docs, with the day, the machine and the command.
 * @param body Markdown without a heading
 * @throws when the page has no such section
 */
export async function writeSection(section: keyof typeof pages, command: string, body: string): Promise<void> {
  const page = fileURLToPath(new URL(`../../docs/${pages[section]}`, import.meta.url));
  const text = await readFile(page, 'utf8');
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/${pages[section]} has no section "${section}".`);
  const written = `${begin}\n${await provenance(command)}\n\n${body.trim()}\n${end}`;
  await writeFile(page, text.slice(0, from) + written + text.slice(to + end.length));
}

/** When, where and by what a table was made: one line. */
export async function provenance(command: string): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() || arch()}), ${memory} GiB, ${platform()}, Node ${process.versions.node}`;
  return `*${day}, commit ${await commit()}, ${machine}: \`${command}\`*`;
}

async function commit(): Promise<string> {
  const git = (...args: string[]) =>
    promisify(execFile)('git', args, { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  try {
    return (await git('rev-parse', '--short', 'HEAD')).stdout.trim();
  } catch {
    return 'unknown'; // an archive without its history
  }
}
