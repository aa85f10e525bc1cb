import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';

/** Writes what the ledger holds into a file, as COPY reads it. */
export async function saveVersions(client: pg.Client, file: string): Promise<void> {
  await pipeline(client.query(to('COPY evidence TO STDOUT')), createWriteStream(file));
}

/** The yardstick: the same rows into the same table with the same indexes, by the quickest way there is. @returns milliseconds */
export async function copyVersions(url: string, file: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const started = performance.now();
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), client.query(from('COPY evidence FROM STDIN')));
  const ms = performance.now() - started;
  await client.end();
  return ms;
}

/** psql's own \copy of the same file; null where there is no psql. @returns milliseconds, those of the statement alone */
export async function psqlCopy(url: string, file: string): Promise<number | null> {
  const commands = ['-c', '\\timing on', '-c', `\\copy evidence from '${file}'`];
  const child = spawn('psql', [url, '-X', '-q', ...commands], { stdio: ['ignore', 'pipe', 'inherit'] });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  const code = await once(child, 'close').then(
    ([status]) => status,
    () => null, // there is no such program
  );
  if (code === null) return null;
  const ms = /^Time: ([\d.]+) ms/m.exec(output.join(''))?.[1];
  if (code !== 0 || ms === undefined) throw new Error(`psql ended with ${code}.`);
  return Number(ms);
}
