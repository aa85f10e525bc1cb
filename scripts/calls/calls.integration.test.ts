import { awsAvailability, type Fleet, startFleet } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { measure } from './measure.ts';
import { providers } from './providers.ts';
import { missesOf } from './table.ts';

const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const opened = Object.entries(providers).filter(([id]) => id !== 'aws' || availability.available);

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet?.close());

describe('the first load of a small account', () => {
  it.each(opened)('of %s stores what exists, by few calls and within the quotas', async (_, open) => {
    const provider = await open('small');
    try {
      const measured = await measure(fleet, provider, () => {});
      expect(missesOf(measured)).toEqual([]);
      expect(measured.types.map(({ stored }) => stored).filter((stored) => stored === 0)).toEqual([]);
    } finally {
      await provider.close();
    }
  });
});
