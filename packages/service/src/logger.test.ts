import { describe, expect, it } from '@jest/globals';
import { createLogger, type Logger, type LogLevel } from './logger.ts';
import { createScrubber, type Scrubber } from './scrubber.ts';

function capture(options: { level?: LogLevel; scrubber?: Scrubber } = {}) {
  const lines: string[] = [];
  const log: Logger = createLogger({
    name: 'worker',
    level: options.level ?? 'debug',
    ...(options.scrubber && { scrubber: options.scrubber }),
    destination: { write: (line) => void lines.push(line) },
  });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null');
  return { log, lines, last };
}

/** What SDKs throw: the request hangs on the error. */
function sdkError(): Error {
  return Object.assign(
    new Error('request failed', { cause: Object.assign(new Error('inner'), { code: 'ECONNRESET' }) }),
    {
      code: 'rate_limited',
      request: { headers: { authorization: 'planted-header' }, url: 'x' },
      response: { data: 'planted-body' },
      toJSON: () => ({ config: 'planted-config' }),
    },
  );
}

describe('log lines', () => {
  it('carry level, time, name, fields and event', () => {
    const { log, last } = capture();
    log.info({ runId: 'r1', count: 2, when: new Date(0) }, 'sync.finished');
    expect(last()).toMatchObject({
      level: 'info',
      name: 'worker',
      runId: 'r1',
      count: 2,
      when: '1970-01-01T00:00:00.000Z',
      msg: 'sync.finished',
    });
    expect(Date.parse(String(last().time))).not.toBeNaN();
  });

  it('obey the level, also of a child', () => {
    const { log, lines } = capture({ level: 'warn' });
    log.child({ runId: 'r1' }).info({}, 'quiet');
    log.child({ runId: 'r1' }).warn({}, 'loud');
    expect(lines).toHaveLength(1);
  });

  it('show of an error what is on the list, at any depth and in a child', () => {
    const { log, lines, last } = capture();
    log.error({ err: sdkError() }, 'sync.failed');
    expect(last().err).toMatchObject({
      type: 'Error',
      code: 'rate_limited',
      message: 'request failed',
      cause: { code: 'ECONNRESET' },
    });
    expect(Object.keys(Object(last().err))).toEqual(['type', 'code', 'message', 'stack', 'cause']);
    log.error(sdkError());
    log.warn({ deep: { list: [sdkError()] }, all: new AggregateError([sdkError()], 'several') }, 'sync.failed');
    log.child({ err: sdkError() }).warn({}, 'child');
    expect(lines.join('')).not.toContain('planted');
  });

  it('hide fields with the name of a secret, in any spelling and depth, but not their ids', () => {
    const { log, lines, last } = capture();
    log.info(
      {
        credentialId: 'c1',
        token_type: 'bearer',
        hasPassword: true,
        a: {
          b: [
            { Authorization: 'planted', 'api-key': 'planted', API_KEY: 'planted', 'x-amz-security-token': 'planted' },
          ],
        },
        clientSecret: { nested: 'planted' },
        password: 123_456,
        headers: { accept: 'planted' },
        requestBody: 'planted',
      },
      'x',
    );
    log.child({ accessToken: 'planted' }).info({}, 'x');
    expect(lines.join('')).not.toMatch(/planted|123456/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      credentialId: 'c1',
      token_type: 'bearer',
      hasPassword: true,
      clientSecret: '[redacted]',
    });
    expect(last()).toMatchObject({ accessToken: '[redacted]' });
  });

  it('hide registered secrets wherever they stand, until they are released', () => {
    const scrubber = createScrubber();
    const { log, lines, last } = capture({ scrubber });
    const release = scrubber.protect(['pläntèd "value"']);
    const child = log.child({ note: 'pläntèd "value"' });
    child.info(
      { list: ['pläntèd "value"'], 'pläntèd "value"': 1, json: JSON.stringify({ v: 'pläntèd "value"' }) },
      'x',
    );
    child.error({ err: new Error('failed: pläntèd "value"') }, 'y');
    log.info(`format %s`, 'pläntèd "value"');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(JSON.parse(line)).toBeInstanceOf(Object);
    expect(lines.join('')).not.toContain('pläntèd');
    release();
    log.info({ note: 'pläntèd "value"' }, 'x');
    expect(last().note).toBe('pläntèd "value"');
  });

  it('write bytes as their number, big integers as text, and end cycles', () => {
    const { log, last } = capture();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    log.info({ bytes: Buffer.from('planted'), view: new Uint8Array(3), big: 12n, loop }, 'x');
    expect(last()).toMatchObject({ bytes: '[7 bytes]', view: '[3 bytes]', big: '12' });
  });
});
