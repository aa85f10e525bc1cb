import { describe, expect, it } from '@jest/globals';
import { controls, controlsOf } from './catalog.ts';
import { frameworks } from './control.ts';
import { type Iso2022, iso27001 } from './iso27001.ts';

const idsOf = (satisfies: readonly string[], edition: string) =>
  satisfies.flatMap((one) =>
    one.startsWith(`iso27001:${edition}:`) ? [one.slice(`iso27001:${edition}:`.length)] : [],
  );

describe('the editions of ISO/IEC 27001', () => {
  it('have 93 controls in 2022 and 114 in 2013, none left out', () => {
    expect(Object.keys(iso27001)).toHaveLength(93);
    const before = Object.values(iso27001).flat();
    expect(new Set(before).size).toBe(114);
    // compliance with policies was split: technical reviews belong to two controls of 2022
    expect(before.filter((id, at) => before.indexOf(id) !== at)).toEqual(['A.18.2.3']);
    expect(Object.values(iso27001).filter(({ length }) => length === 0)).toHaveLength(11);
  });

  it.each(controls.map(({ id, satisfies }) => [id, satisfies] as const))(
    'are stated together: %s names of 2013 only what its controls of 2022 were, and something of it if there is any',
    (_id, satisfies) => {
      const predecessors: readonly string[] = idsOf(satisfies, '2022').flatMap((id) => iso27001[id as Iso2022]);
      const stated = idsOf(satisfies, '2013');
      expect(predecessors).toEqual(expect.arrayContaining(stated));
      expect(stated.length > 0).toBe(predecessors.length > 0);
    },
  );
});

describe('frameworks', () => {
  it.each(frameworks)('%s is served by controls', (framework) => {
    expect(controlsOf(framework).length).toBeGreaterThan(0);
  });
});
