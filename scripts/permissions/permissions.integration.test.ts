import { awsAvailability } from '@evidence-fleet/testbed';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { complaintsWithout, type EnforcedAccount, openEnforcedAccount } from './enforced-account.ts';

const availability = await awsAvailability();
if (!availability.available) console.warn(`AWS is left out: ${availability.why}`);
const describeAws = availability.available ? describe : describe.skip;

let account: EnforcedAccount;

describeAws('the least policy of aws, enforced', () => {
  beforeAll(async () => {
    account = await openEnforcedAccount();
  });
  afterAll(() => account?.close());

  it('lets every type be read, and nothing is refused', async () => {
    await account.allow(account.permissions);
    for (const stream of account.streams) {
      const complaints = await account.complaintsOf(stream);
      expect({ type: stream.evidence.name, complaints, hasShown: account.hasShown(stream) }).toEqual({
        type: stream.evidence.name,
        complaints: [],
        hasShown: true,
      });
    }
  });

  // One a service and one a point read; `npm run prove:permissions` takes them all.
  it.each([
    ['iam:ListUsers'],
    ['iam:GetRole'],
    ['s3:GetEncryptionConfiguration'],
    ['kms:DescribeKey'],
    ['ec2:DescribeRegions'],
  ])('leaves gaps that name %s when it is missing', async (permission) => {
    const complaints = await complaintsWithout(account, permission);
    expect(complaints).not.toEqual([]);
    expect(complaints.filter((one) => !one.includes(permission))).toEqual([]);
  });
});
