import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

/** A section of docs/reliability.md that a command writes: it stands between two marks of that name. */
export type Section = 'truth' | 'durability' | 'model' | 'sabotage';

/**
 * Writes what a proof printed into its section of docs/reliability.md, with the day, the machine and the command.
 * @param body Markdown without a heading
 * @throws when the page has no such section
 */
export async function writeSection(section: Section, command: string, body: string): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [begin, end] = [`<!-- ${section}: begin -->`, `<!-- ${section}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/reliability.md has no section "${section}".`);
  const written = `${begin}\n${await provenance(command)}\n\n${body.trim()}\n${end}`;
  await writeFile(page, text.slice(0, from) + written + text.slice(to + end.length));
}

/** When, where and by what a table was made: one line. */
async function provenance(command: string): Promise<string> {
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
