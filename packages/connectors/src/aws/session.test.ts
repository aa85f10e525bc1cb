import { describe, expect, it } from '@jest/globals';
import { mintedSession } from './session.ts';

describe('mintedSession', () => {
  it('mints once for callers at one time, and renews before the end', async () => {
    let now = 0;
    let minted = 0;
    const session = mintedSession(
      async () => {
        minted += 1;
        return { accessKeyId: `key-${minted}`, secretAccessKey: 's', expiration: new Date(now + 3_600_000) };
      },
      () => now,
    );
    await Promise.all([session.ready(), session.ready()]);
    now = 49 * 60_000;
    await session.ready();
    expect((await session.keys()).accessKeyId).toBe('key-1');
    now = 51 * 60_000;
    await session.ready();
    expect((await session.keys()).accessKeyId).toBe('key-2');
  });

  it('tries again after a refusal', async () => {
    let calls = 0;
    const session = mintedSession(async () => {
      calls += 1;
      if (calls === 1) throw new Error('refused');
      return { accessKeyId: 'key', secretAccessKey: 's', expiration: new Date(Date.now() + 3_600_000) };
    });
    await expect(session.ready()).rejects.toThrow('refused');
    await session.ready();
    expect((await session.keys()).accessKeyId).toBe('key');
  });
});
