import { Checkpoint, Gap } from '@evidence-fleet/connector-sdk';
import { describe, expect, it } from '@jest/globals';
import { countShown, readCheckpoint } from './count-shown.ts';

async function* items() {
  yield { id: 1 };
  yield new Gap('thing:2', 'not_found', 'gone');
  yield new Checkpoint('2026|7');
  yield { id: 3 };
}

describe('counting what a pass shows', () => {
  it('counts rows, and no gaps, and goes on at a checkpoint', async () => {
    const first = countShown(items(), 0);
    const passed: unknown[] = [];
    let step = await first.next();
    for (; !step.done; step = await first.next()) passed.push(step.value);
    expect(step.value).toBe(2);
    expect(passed[2]).toEqual(new Checkpoint('1#2026|7'));
    expect(readCheckpoint('1#2026|7')).toEqual({ token: '2026|7', shown: 1 });
  });

  it('takes up a checkpoint of an earlier release, and none', () => {
    expect(readCheckpoint('2026|7')).toEqual({ token: '2026|7', shown: 0 });
    expect(readCheckpoint(undefined)).toEqual({ token: undefined, shown: 0 });
  });
});
