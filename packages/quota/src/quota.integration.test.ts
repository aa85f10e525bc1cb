import { type RedisServer, startRedis } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { budgetOf, type QuotaLimit } from './budget.ts';
import { createQuota, QuotaUnavailableError } from './quota.ts';

const minute = 60_000;
const hour = 60 * minute;
const limit: QuotaLimit = { name: 'core', requests: 200, perMs: minute };
const forever = Number.POSITIVE_INFINITY;
/** Differences of a loaded machine's clock readings, milliseconds: far below any interval used here. */
const slack = 300;

let server: RedisServer;
let clients: Redis[] = [];
beforeAll(async () => {
  server = await startRedis();
  clients = Array.from({ length: 4 }, () => new Redis(server.url));
});
beforeEach(() => admin().flushall());
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

const admin = () => clients[0] as Redis;
const quotaOn = (redis: Redis, share = 0.5) => createQuota({ redis, prefix: 'test:', share });

/** When each of `count` calls, spread over all clients and reserved now, may be made: milliseconds since the epoch, ascending. */
async function reserveAll(count: number, wanted: QuotaLimit): Promise<number[]> {
  const quotas = clients.map((client) => quotaOn(client));
  const grants = Array.from({ length: count }, async (_, i) => {
    const grant = await (quotas[i % quotas.length] as (typeof quotas)[number]).reserve('account', wanted, forever);
    expect(grant.granted).toBe(true);
    return Date.now() + grant.waitMs;
  });
  return (await Promise.all(grants)).sort((a, b) => a - b);
}

function mostInAnyWindow(times: readonly number[], windowMs: number): number {
  let first = 0;
  let most = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) > windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

describe('the budget', () => {
  it('is never exceeded in any sliding window, whoever asks', async () => {
    const times = await reserveAll(350, limit);
    const { calls, burst } = budgetOf(limit, 0.5);
    expect(mostInAnyWindow(times, minute - slack)).toBeLessThanOrEqual(calls);
    expect(mostInAnyWindow(times, slack)).toBe(burst);
    // and it is used: 350 calls at 100 a minute
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(4.2 * minute);
  });

  it('follows a share that is changed while it is spent', async () => {
    let share = 0.5;
    const quota = createQuota({ redis: admin(), prefix: 'test:', share: () => share });
    expect(await quota.usage('account', limit)).toMatchObject({ budget: 100 });
    share = 0.1;
    expect(await quota.usage('account', limit)).toMatchObject({ budget: 20 });
    for (let call = 0; call < budgetOf(limit, 0.1).burst; call += 1)
      expect(await quota.reserve('account', limit, 0)).toMatchObject({ granted: true });
    expect(await quota.reserve('account', limit, 0)).toMatchObject({ granted: false });
    share = 2;
    await expect(quota.reserve('account', limit, 0)).rejects.toThrow(RangeError);
  });

  it('is one for two integrations of an account, and another for another account', async () => {
    const [one, other] = [quotaOn(admin()), quotaOn(clients[1] as Redis)];
    const { burst } = budgetOf(limit, 0.5);
    for (let i = 0; i < burst; i += 1)
      expect(await one.reserve('account', limit, 0)).toMatchObject({ granted: true, waitMs: 0 });
    expect((await other.reserve('account', limit, 0)).granted).toBe(false);
    expect((await other.reserve('elsewhere', limit, 0)).granted).toBe(true);
    expect((await other.reserve('account', { ...limit, name: 'search' }, 0)).granted).toBe(true);
  });

  it('says with every turn how much of it is used', async () => {
    const quota = quotaOn(admin());
    const { calls, burst } = budgetOf(limit, 0.5);
    for (let made = 1; made <= burst; made += 1)
      expect((await quota.reserve('account', limit, 0)).used).toBeCloseTo(made / calls, 5);
    expect(await quota.reserve('account', limit, 0)).toMatchObject({ granted: false, used: 1 });
  });

  it('takes nothing for a wait that nobody will sit out', async () => {
    const quota = quotaOn(admin());
    await reserveAll(150, limit);
    const waits: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const { granted, waitMs } = await quota.reserve('account', limit, 1_000);
      expect(granted).toBe(false);
      waits.push(waitMs);
    }
    expect(Math.max(...waits) - Math.min(...waits)).toBeLessThan(slack * 3);
    expect((await quota.usage('account', limit)).used).toBeLessThanOrEqual(150);
  });
});

describe('what the provider says', () => {
  const core: QuotaLimit = { name: 'core', requests: 5_000, perMs: hour };
  const resetAt = () => new Date(Date.now() + 30 * minute);

  it('wins when it leaves less than our own count', async () => {
    const quota = quotaOn(admin());
    await quota.report('account', core, { remaining: 2_600, resetAt: resetAt() });
    const times = await reserveAll(120, core);
    const within = times.filter((time) => time < Date.now() + 30 * minute - slack);
    // 2,600 less the customer's 2,500
    expect(within.length).toBeLessThanOrEqual(101);
    expect(within.length).toBeGreaterThanOrEqual(95);
    // half of it at once, the rest spread, and the full budget again after the reset
    expect(mostInAnyWindow(within, slack)).toBe(50);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(30 * minute + slack);
  });

  it('changes nothing when it leaves as much as our own count', async () => {
    const quota = quotaOn(admin());
    for (let used = 1; used <= 40; used += 1) {
      await quota.reserve('account', core, 0);
      await quota.report('account', core, { remaining: 5_000 - used, resetAt: new Date(Date.now() + hour - 1_000) });
    }
    const [key] = await admin().keys('*');
    expect(await admin().hexists(key ?? '', 'c_until')).toBe(0);
  });

  it('is not fooled into spreading again by our own calls', async () => {
    const quota = quotaOn(admin());
    const ends = resetAt();
    await quota.report('account', core, { remaining: 2_600, resetAt: ends });
    for (let used = 1; used <= 50; used += 1) {
      expect((await quota.reserve('account', core, 0)).granted).toBe(true);
      await quota.report('account', core, { remaining: 2_600 - used, resetAt: ends });
    }
    expect((await quota.reserve('account', core, 0)).granted).toBe(false);
  });

  it("leaves a trickle while others use the customer's share", async () => {
    const quota = quotaOn(admin());
    await quota.report('account', core, { remaining: 1_000, resetAt: resetAt() });
    const within = (await reserveAll(40, core)).filter((time) => time < Date.now() + 30 * minute - slack);
    expect(within.length).toBeGreaterThanOrEqual(18);
    expect(within.length).toBeLessThanOrEqual(21);
  });

  it('stops everything until the reset when nothing remains', async () => {
    await quotaOn(admin()).report('account', core, { remaining: 0, resetAt: resetAt() });
    const { granted, waitMs } = await quotaOn(clients[1] as Redis).reserve('account', core, 10_000);
    expect(granted).toBe(false);
    expect(waitMs).toBeGreaterThan(30 * minute - slack);
    expect(waitMs).toBeLessThanOrEqual(31 * minute); // whoever is sent away comes back for several calls
  });
});

describe('a block', () => {
  it('holds every client, and a shorter one does not shorten it', async () => {
    const [one, other] = [quotaOn(admin()), quotaOn(clients[1] as Redis)];
    await one.block('account', limit, new Date(Date.now() + 20_000));
    await other.block('account', limit, new Date(Date.now() + 2_000));
    const { granted, waitMs } = await other.reserve('account', limit, 10_000);
    expect(granted).toBe(false);
    expect(waitMs).toBeGreaterThan(20_000 - slack);
    expect((await one.usage('account', limit)).blockedMs).toBeGreaterThan(20_000 - slack);
  });
});

describe('Redis', () => {
  it('is asked once a grant, keeps no account id, and forgets by itself', async () => {
    await quotaOn(admin()).reserve('aws:123456789012', limit, 0);
    await admin().config('RESETSTAT');
    for (let i = 0; i < 10; i += 1) await quotaOn(admin()).reserve('aws:123456789012', limit, 0);
    const stats = await admin().info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(\S+?):calls=(\d+)/g)].filter(([, name]) => !name?.startsWith('config'));
    expect(calls.find(([, name]) => name === 'evalsha')?.[2]).toBe('10');
    expect(calls.reduce((sum, [, , count]) => sum + Number(count), 0)).toBeLessThanOrEqual(50);

    const keys = await admin().keys('*');
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^test:\{quota:[0-9a-f]{32}\}:core$/);
    const ttl = await admin().pttl(keys[0] ?? '');
    expect(ttl).toBeGreaterThan(minute);
    expect(ttl).toBeLessThan(5 * minute);
  });

  it('may lose everything, scripts too, in mid-fleet', async () => {
    const quota = quotaOn(admin());
    await quota.reserve('account', limit, 0);
    await admin().flushall();
    await admin().script('FLUSH');
    expect(await quota.reserve('account', limit, 0)).toMatchObject({ granted: true, waitMs: 0 });
  });

  it('not answering, or being away, is an error of its own, and soon', async () => {
    const redis = new Redis(server.url);
    const quota = createQuota({ redis, prefix: 'test:', timeoutMs: 100 });
    await admin().call('CLIENT', 'PAUSE', 60_000, 'WRITE');
    await expect(quota.reserve('account', limit, 0)).rejects.toBeInstanceOf(QuotaUnavailableError);
    await admin().call('CLIENT', 'UNPAUSE');
    redis.disconnect();
    await expect(quota.reserve('account', limit, 0)).rejects.toBeInstanceOf(QuotaUnavailableError);
  });

  it('tells the quota used', async () => {
    const quota = quotaOn(admin());
    expect(await quota.usage('account', limit)).toEqual({ used: 0, budget: 100, blockedMs: 0 });
    await reserveAll(7, limit);
    const { used } = await quota.usage('account', limit);
    expect(used).toBeGreaterThanOrEqual(6);
    expect(used).toBeLessThanOrEqual(7);
  });
});
