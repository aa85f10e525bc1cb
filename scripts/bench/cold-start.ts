import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, type FleetProcess, startFleet, until } from '@evidence-fleet/testbed';
import type { Bench, BenchOptions, BenchResult } from './bench.ts';

/** How soon a new worker can be counted on, and what one costs that has nothing to do. */
export const coldStart: Bench = { name: 'cold-start', run };

async function run({ isQuick }: BenchOptions): Promise<BenchResult> {
  const [rounds, idleMs] = isQuick ? [1, 100] : [7, 3_000];
  const temporary = await mkdtemp(join(tmpdir(), 'cold-start-'));
  const fleet = await startFleet();
  try {
    const env = { TMPDIR: temporary };
    const first = await play(fleet, env, 0);
    const node: number[] = [];
    const ready: number[] = [];
    const idle: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      node.push(await emptyProgramMs());
      const played = await play(fleet, env, idleMs);
      ready.push(played.readyMs);
      idle.push(played.rss / 2 ** 20);
    }
    return {
      figures: [
        {
          what: 'ms from the start of a worker until it is ready',
          samples: ready,
          yardstick: { what: 'a program that does nothing, to its end', samples: node },
          reach: { is: 'at most', value: 1_000 },
          aim: { is: 'at most', value: 600 },
        },
        { what: 'the same for the first one on a machine', samples: [first.readyMs] },
        {
          what: 'MB of a worker that has nothing to do',
          samples: idle,
          reach: { is: 'at most', value: 160 },
          aim: { is: 'at most', value: 130 },
        },
      ],
      notes: [
        `ready: /ready has answered 200, with Postgres and Redis asked; resident memory ${idleMs / 1_000} s later. The first worker on a machine finds no compiled code of an earlier one.`,
      ],
    };
  } finally {
    await fleet.close();
    await rm(temporary, { recursive: true });
  }
}

/** @returns how long until it was ready, and its resident memory in bytes after it was left alone for `idleMs` */
async function play(fleet: Fleet, env: Readonly<Record<string, string>>, idleMs: number) {
  const started = performance.now();
  const worker = await fleet.start('worker', env);
  const isReady = async () => (await fetch(`${worker.healthUrl}/ready`)).ok;
  await until('the worker is ready', isReady, { everyMs: 5 });
  const readyMs = performance.now() - started;
  await sleep(idleMs);
  const rss = await residentBytes(worker);
  await worker.close();
  const code = await worker.ended;
  if (code !== 0) throw new Error(`The worker ended with ${code}.`);
  return { readyMs, rss };
}

async function residentBytes({ healthUrl }: FleetProcess): Promise<number> {
  const metrics = await (await fetch(`${healthUrl}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes\S* (\d+)$/m.exec(metrics)?.[1]);
  if (!(bytes > 0)) throw new Error('The worker does not tell its resident memory.');
  return bytes;
}

async function emptyProgramMs(): Promise<number> {
  const started = performance.now();
  const [code] = await once(spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }), 'close');
  if (code !== 0) throw new Error(`The empty program ended with ${code}.`);
  return performance.now() - started;
}
