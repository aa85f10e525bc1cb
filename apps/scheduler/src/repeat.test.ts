import type { Logger } from '@evidence-fleet/service';
import { describe, expect, it } from '@jest/globals';
import { repeat } from './repeat.ts';

/** A logger that remembers the names of the events. */
function recorder() {
  const events: string[] = [];
  const at = (level: string) => (_: object, event: string) => void events.push(`${level} ${event}`);
  const log = { info: at('info'), warn: at('warn'), debug: at('debug') };
  return { events, log: log as unknown as Logger }; // three of pino's methods are all that is called
}

describe('repeat', () => {
  it('never overlaps, says an outage once when it begins and once when it ends, and stops when asked', async () => {
    const { events, log } = recorder();
    const stopping = new AbortController();
    let calls = 0;
    let atOnce = 0;
    let most = 0;
    let failures = 0;
    await repeat({
      name: 'test',
      everyMs: 0,
      signal: stopping.signal,
      log,
      onFailure: () => failures++,
      async work() {
        most = Math.max(most, ++atOnce);
        calls++;
        await new Promise(setImmediate);
        atOnce--;
        if (calls >= 2 && calls <= 4) throw new Error('away');
        if (calls === 6) stopping.abort();
        return false;
      },
    });
    expect(calls).toBe(6);
    expect(most).toBe(1);
    expect(failures).toBe(3);
    expect(events.filter((event) => !event.startsWith('debug'))).toEqual([
      'warn scheduler.failing',
      'info scheduler.recovered',
    ]);
  });

  it('does not wait for its next turn when there was more than it had room for', async () => {
    const { log } = recorder();
    const stopping = new AbortController();
    let calls = 0;
    await repeat({
      name: 'test',
      everyMs: 3_600_000,
      signal: stopping.signal,
      log,
      onFailure: () => undefined,
      async work() {
        if (++calls === 3) stopping.abort();
        return true;
      },
    });
    expect(calls).toBe(3);
  });

  it('does not wait out its pause when it is asked to stop', async () => {
    const { log } = recorder();
    const stopping = new AbortController();
    const begun = Promise.withResolvers<void>();
    const ended = repeat({
      name: 'test',
      everyMs: 3_600_000,
      signal: stopping.signal,
      log,
      onFailure: () => undefined,
      work: async () => {
        begun.resolve();
        return false;
      },
    });
    await begun.promise;
    stopping.abort();
    await ended;
  });
});
