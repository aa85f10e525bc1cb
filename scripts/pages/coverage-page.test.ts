import { evidenceAliases, evidenceTypes } from '@evidence-fleet/connectors';
import { controls } from '@evidence-fleet/controls';
import { describe, expect, it } from '@jest/globals';
import { coveragePage } from './coverage-page.ts';

describe('the page on coverage', () => {
  const lines = coveragePage().split('\n');

  it('has a line for every evidence type and alias', () => {
    for (const name of [...evidenceTypes.keys(), ...evidenceAliases.keys()]) {
      expect(lines.some((line) => line.startsWith(`| \`${name}\` |`))).toBe(true);
    }
  });

  it('says of evidence which controls it serves, and what they satisfy of each framework', () => {
    const line = lines.find((one) => one.startsWith('| `aws.cloudtrail_trail` |'));
    expect(line).toMatch(
      / trail-logging-all-regions.* \| .*CC7\.2.* \| .*A\.8\.15.* \| .*A\.12\.4\.1, A\.12\.4\.3.* \|$/,
    );
  });

  it('names every requirement that a control satisfies', () => {
    for (const requirement of controls.flatMap(({ satisfies }) => satisfies)) {
      const short = requirement.slice(requirement.lastIndexOf(':') + 1);
      expect(lines.some((line) => line.startsWith(`| ${short} |`))).toBe(true);
    }
  });
});
