import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CallingNews, CallingTask } from './calling-task.ts';

const program = fileURLToPath(new URL('calling-program.ts', import.meta.url));

/** Processes that call. */
export interface Callers {
  /** No further call begins. @returns how many they made, once those in flight have ended */
  stop(): Promise<number>;
  close(): Promise<void>;
}

/** Starts so many processes; resolves when all of them call. */
export async function startCallers(count: number, task: CallingTask): Promise<Callers> {
  const children = Array.from({ length: count }, () => fork(program, [JSON.stringify(task)]));
  const close = async () => {
    await Promise.all(children.map(end));
  };
  try {
    await Promise.all(children.map(news));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async stop() {
      const told = await Promise.all(
        children.map((child) => {
          const next = news(child);
          child.send('stop');
          return next;
        }),
      );
      return told.reduce((sum, one) => sum + (one.kind === 'stopped' ? one.calls : 0), 0);
    },
    close,
  };
}

async function news(child: ChildProcess): Promise<CallingNews> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`A process that calls ended with ${code}.`);
  });
  const [said] = await Promise.race([once(child, 'message'), ended]);
  return said;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
