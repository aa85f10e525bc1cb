import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('provider-program.ts', import.meta.url));

/** A provider in a process of its own. */
export interface Provider {
  readonly url: string;
  /** Calls so far. */
  calls(): Promise<number>;
  close(): Promise<void>;
}

/** @param delayMs what every answer takes */
export async function startProvider(delayMs: number): Promise<Provider> {
  const child = spawn(process.execPath, [program, String(delayMs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [url] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    url,
    calls: async () => Number(await (await fetch(`${url}/calls`)).json()),
    async close() {
      child.kill();
      await ended;
    },
  };
}
