import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stores } from './bench.ts';
import type { Case } from './cases.ts';
import type { FromChild, ToChild } from './child.ts';
import type { CaseResult } from './run-case.ts';
import type { World } from './world.ts';

export interface PoolOptions {
  readonly stores: Stores;
  readonly worlds: readonly World[];
  readonly processes: number;
  /** Cases side by side in one process; heavy ones always run alone. */
  readonly slots: number;
  onResult(result: CaseResult & { readonly rssBytes: number }): void;
}

/** Runs every case in child processes: the light ones side by side, then the heavy ones, one at a time in each process. */
export async function runInPool(cases: readonly Case[], options: PoolOptions): Promise<void> {
  for (const heavy of [false, true]) {
    const waiting = cases.filter((one) => one.heavy === heavy);
    if (waiting.length === 0) continue;
    const slots = heavy ? 1 : options.slots;
    await Promise.all(Array.from({ length: options.processes }, () => work(waiting, slots, options)));
  }
}

/** One child at a time, and another one where it dies. */
async function work(waiting: Case[], slots: number, options: PoolOptions): Promise<void> {
  while (waiting.length > 0) {
    const child = await startChild(options);
    const running = new Map<number, Case>();
    const next = (slot: number) => {
      const one = waiting.shift();
      if (one === undefined) return running.delete(slot);
      running.set(slot, one);
      return tell(child, { kind: 'run', slot, case: one });
    };
    const idle = Promise.withResolvers<void>();
    child.on('message', (message) => {
      const said = message as FromChild; // the child sends nothing else
      if (said.kind !== 'done') return;
      options.onResult(said.result);
      next(said.slot);
      if (running.size === 0) idle.resolve();
    });
    const died = once(child, 'exit').then(([code, signal]) => {
      for (const one of running.values()) options.onResult(fallen(one, `${signal ?? code}`));
    });
    for (let slot = 0; slot < slots; slot += 1) next(slot);
    if (running.size > 0) await Promise.race([idle.promise, died]);
    if (child.connected) tell(child, { kind: 'close' });
    await died;
  }
}

/** 300 MB for objects: what needs more than that ends the process, and is told as a fault of its own. */
const execArgv = ['--max-old-space-size=300', '--no-warnings'];

async function startChild({ stores, worlds }: PoolOptions): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [], { execArgv });
  tell(child, { kind: 'open', stores, worlds });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('a process of the matrix ended before it was ready');
    }),
  ]);
  return child;
}

function tell(child: ChildProcess, message: ToChild): void {
  child.send(message);
}

function fallen(one: Case, how: string): CaseResult & { rssBytes: number } {
  const why = `the process ended (${how}) while it ran, alone or beside others`;
  return { case: one, end: 'gap', charges: [{ column: 'memory', why }], struck: 0, defects: [], ms: 0, rssBytes: 0 };
}
