import { connectors } from '@evidence-fleet/connectors';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.ts';

const connector = (id: string) => {
  const found = connectors.get(id);
  if (found === undefined) throw new Error(`no connector ${id}`);
  return found;
};
const github = (...options: string[]) => readSettings(connector('github'), options);
const aws = (...options: string[]) => readSettings(connector('aws'), options);

describe('settings on the command line', () => {
  it('are text, JSON, or lists by commas or repetition', () => {
    expect(github('organizations=acme')).toMatchObject({ organizations: ['acme'], pullRequestDays: 400 });
    expect(github('organizations=acme, labs')).toMatchObject({ organizations: ['acme', 'labs'] });
    expect(github('organizations=acme', 'organizations=labs')).toMatchObject({ organizations: ['acme', 'labs'] });
    expect(github('organizations=["acme"]', 'pullRequestDays=30')).toMatchObject({
      organizations: ['acme'],
      pullRequestDays: 30,
    });
    expect(aws('regions=all')).toMatchObject({ regions: 'all' });
    expect(aws('regions=eu-west-1,us-east-1')).toMatchObject({ regions: ['eu-west-1', 'us-east-1'] });
  });

  it('are refused with the name of every field that is wrong', () => {
    expect(() => github()).toThrow(/organizations/);
    expect(() => github('organizations=not/a login', 'pullRequestDays=0')).toThrow(
      /organizations\.0[\s\S]*pullRequestDays/,
    );
    expect(() => github('organisations=acme')).toThrow(/has no setting "organisations". It has: organizations/);
    expect(() => github('acme')).toThrow(/key=value/);
  });

  it('let nobody choose what the fleet generates', () => {
    expect(aws().externalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(() => aws('externalId=chosen-by-me')).toThrow(/made by the fleet/);
  });
});
