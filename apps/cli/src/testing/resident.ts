// Runs command lines one after another, as its parent sends them: `fleet` without its start each time.
import { enableCompileCache } from 'node:module';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../program.ts';
import type { CommandLine, Ran } from './run-fleet.ts';

enableCompileCache(fileURLToPath(new URL('../../../../node_modules/.cache/fleet', import.meta.url))); // as main.ts

// The parent is the only one with a channel to this process, and sends one command line at a time.
process.on('message', (message) => {
  void runOne(message as CommandLine).then((ran) => process.send?.(ran));
});

async function runOne({ args, env, input }: CommandLine): Promise<Ran> {
  const [stdout, stderr] = [record(), record()];
  process.env = { ...env };
  Object.defineProperties(process, {
    stdin: { value: Readable.from([Buffer.from(input)]), configurable: true },
    stdout: { value: stdout.stream, configurable: true },
    stderr: { value: stderr.stream, configurable: true },
  });
  process.exitCode = 0;
  const code = await run(args);
  process.exitCode = 0;
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function record(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
