import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readTestbedEnv } from './env.ts';
import { freePort } from './free-port.ts';

/**
 * Starts a proxy that refuses, with an answer of its own, every request and every response that an API description does not allow, and
 * waits until it listens. It is a process of its own, which the caller ends.
 * https://docs.stoplight.io/docs/prism/
 * @param description a file with an OpenAPI description
 */
export async function startPrism(description: string, upstream: string): Promise<{ url: string; child: ChildProcess }> {
  const command = fileURLToPath(new URL('../../../node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url));
  const port = await freePort();
  const options = [command, 'proxy', description, upstream, '--errors', '--host', '127.0.0.1', '--port', String(port)];
  const env = { ...readTestbedEnv().inherited, SCARF_ANALYTICS: 'false' };
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('is listening')) continue;
    child.stdout.resume(); // what it logs later must not fill the pipe
    return { url: `http://127.0.0.1:${port}`, child };
  }
  throw new Error('Prism ended before it listened.');
}
