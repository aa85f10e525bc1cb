import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';

const index = new URL('./index.ts', import.meta.url).href;

/** Runs a service in a process of its own; `body` is the inside of `start(signal)`. Sends each signal when its event was logged. */
async function life(body: string, signals: [event: string, signal: NodeJS.Signals][], deadlineMs = 20_000) {
  const code = `
    import { createLogger, runService, sleep } from ${JSON.stringify(index)};
    const log = createLogger({ name: 'test', level: 'info' });
    const part = (name, close = async () => {}) => ({ close: async (reason) => { log.info({ part: name, reason }, 'closed'); await close(); } });
    await runService({ name: 'test', deadlineMs: ${deadlineMs}, log, start: async (signal) => { ${body} } });`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '--eval', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const waiting = [...signals];
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    while (waiting[0] !== undefined && output.includes(`"msg":"${waiting[0][0]}"`)) child.kill(waiting.shift()?.[1]);
  });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    problems += chunk;
  });
  const [exitCode] = await once(child, 'close');
  const lines: Record<string, unknown>[] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { exitCode, problems, lines, events: lines.map((line) => line.msg) };
}

describe('runService', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes in reverse at %s and exits 0', async (signal) => {
    const { exitCode, lines, events, problems } = await life(`return [part('a'), part('b')];`, [
      ['service.started', signal],
    ]);
    expect([exitCode, problems]).toEqual([0, '']);
    expect(events).toEqual(['service.started', 'service.stopping', 'closed', 'closed', 'service.stopped']);
    expect(lines.filter((line) => line.msg === 'closed')).toMatchObject([
      { part: 'b', reason: signal },
      { part: 'a', reason: signal },
    ]);
  });

  it('closes the others when one fails, and exits 1', async () => {
    const { exitCode, events } = await life(`return [part('a'), part('b', async () => { throw new Error('no'); })];`, [
      ['service.started', 'SIGTERM'],
    ]);
    expect(exitCode).toBe(1);
    expect(events.slice(2)).toEqual(['closed', 'service.close_failed', 'closed', 'service.stopped']);
  });

  it('exits 1 when closing passes the deadline', async () => {
    const { exitCode, events } = await life(
      `return part('a', () => sleep(60_000));`,
      [['service.started', 'SIGTERM']],
      50,
    );
    expect(exitCode).toBe(1);
    expect(events.at(-1)).toBe('service.deadline_passed');
  });

  it('exits 1 at once at the second signal', async () => {
    const { exitCode, events } = await life(`return part('a', () => sleep(60_000));`, [
      ['service.started', 'SIGTERM'],
      ['closed', 'SIGTERM'],
    ]);
    expect(exitCode).toBe(1);
    expect(events.at(-1)).toBe('service.killed');
  });

  it('stops while it still starts', async () => {
    const { exitCode, events } = await life(`log.info('starting'); await sleep(60_000, signal); return part('a');`, [
      ['starting', 'SIGTERM'],
    ]);
    expect(exitCode).toBe(0);
    expect(events).toEqual(['starting', 'service.stopping', 'service.start_interrupted']);
  });

  it('exits 1 when it cannot start', async () => {
    const { exitCode, events } = await life(`throw new Error('no database');`, []);
    expect([exitCode, events]).toEqual([1, ['service.start_failed']]);
  });

  it.each([
    ['thrown', `setImmediate(() => { throw new Error('lost'); });`],
    ['rejected', `setImmediate(() => { Promise.reject(new Error('lost')); });`],
  ])('exits 1 when something is %s that nobody caught', async (_way, lose) => {
    const { exitCode, lines } = await life(`${lose} return part('a');`, []);
    expect(exitCode).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'service.crashed', err: { message: 'lost' } });
  });
});
