import { describe, expect, it } from '@jest/globals';
import { controls, controlsFor, requirements } from './catalog.ts';
import { defineControl } from './control.ts';
import { every } from './quantifiers.ts';
import { changeAndAccessCases } from './testing/change-and-access-cases.ts';
import { infrastructureCases } from './testing/infrastructure-cases.ts';
import type { JudgementCase } from './testing/judgement-case.ts';

const accountId = '111122223333';
const mfa = {
  ...{
    accountId,
    userId: 'AIDA1',
    userName: 'ada',
    isRoot: false,
    hasConsolePassword: true,
    hasMfa: true,
    devices: [],
  },
};
const policy = {
  ...{
    accountId,
    exists: true,
    minimumLength: 14,
    reusePrevention: 24,
    requiresSymbols: false,
    requiresNumbers: false,
  },
  ...{ requiresUppercase: false, requiresLowercase: false, usersMayChange: true, maxAgeDays: null, hardExpiry: false },
};
const allOn = { blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true };
const bucket = {
  accountId,
  name: 'files',
  region: 'eu-west-1',
  bucket: null,
  account: null,
  effective: allOn,
  isBlocked: true,
};
const trail = {
  ...{ accountId, arn: 'arn', name: 'main', homeRegion: 'eu-west-1', isLogging: true, isMultiRegion: true },
  ...{ isOrganizationTrail: false, includesGlobalEvents: true, validatesLogFiles: true, s3BucketName: 'logs' },
  ...{ kmsKeyId: null, cloudWatchLogsGroupArn: null, managementEvents: 'all', recordsDataEvents: false },
  ...{ deliveryError: null, latestDeliveryAt: null },
};
const member = { orgId: 1, userId: 2, login: 'ada', role: 'admin', twoFactor: true };
const branch = {
  ...{ orgId: 1, repoId: 2, repository: 'acme/app', branch: 'main', protected: true, requiresPullRequest: true },
  ...{
    requiredApprovals: 1,
    requiresCodeOwnerReview: false,
    requiresLastPushApproval: false,
    dismissesStaleReviews: false,
  },
  ...{ requiredChecks: [], requiresSignatures: false, requiresLinearHistory: false, allowsForcePushes: false },
  ...{ allowsDeletions: false, enforcedForAdmins: null, pullRequestBypassers: 0, rulesetIds: [7] },
};

const rule = {
  ...{ ruleId: 'r', name: 'all', status: 'ACTIVE', priority: 1, access: 'ALLOW', requiresFactor: true },
  ...{ factorPromptMode: null, factorLifetimeMinutes: null, maxIdleMinutes: null, maxLifetimeMinutes: null },
  persistentCookie: null,
};

const statusOf = (controlId: string, evidence: string, row: object) => {
  const test = controls.find(({ id }) => id === controlId)?.tests.find((one) => one.evidence === evidence);
  const named = test?.name.flatMap((part) => (typeof part === 'string' ? [] : [[part.field, 'named']])) ?? [];
  return test?.examine({ ...Object.fromEntries(named), ...row }).answer.status;
};

describe.each<JudgementCase>([
  ...infrastructureCases,
  ...changeAndAccessCases,
  [
    'mfa-for-people',
    'aws.iam_mfa_status',
    mfa,
    [
      [{ hasMfa: false }, 'fail'],
      [{ hasMfa: false, isRoot: true, userId: 'root' }, 'fail'],
      [{ hasMfa: false, hasConsolePassword: false }, 'not_applicable'],
    ],
  ],
  [
    'mfa-for-people',
    'github.org_member',
    member,
    [
      [{ twoFactor: false }, 'fail'],
      [{ twoFactor: null }, 'unknown'],
    ],
  ],
  [
    'password-policy',
    'aws.password_policy',
    policy,
    [
      [{ minimumLength: 13 }, 'fail'],
      [{ reusePrevention: null }, 'fail'],
      [{ exists: false, minimumLength: null, reusePrevention: null }, 'fail'],
      [{ minimumLength: undefined }, 'unknown'],
    ],
  ],
  [
    'no-public-buckets',
    'aws.s3_public_access',
    bucket,
    [
      [{ effective: { ...allOn, ignorePublicAcls: false }, isBlocked: false }, 'fail'],
      [{ effective: undefined }, 'unknown'],
    ],
  ],
  [
    'trail-logging-all-regions',
    'aws.cloudtrail_trail',
    trail,
    [
      [{ isLogging: false }, 'fail'],
      [{ isMultiRegion: false }, 'fail'],
      [{ managementEvents: 'write' }, 'fail'],
      [{ deliveryError: 'AccessDenied' }, 'fail'],
    ],
  ],
  [
    'default-branches-protected',
    'github.branch_protection',
    branch,
    [
      [{ protected: false, requiresPullRequest: false, requiredApprovals: 0 }, 'fail'],
      [{ requiresPullRequest: false }, 'fail'],
      [{ requiredApprovals: 0 }, 'fail'],
    ],
  ],
  ['mfa-for-outsiders', 'github.outside_collaborator', member, [[{ twoFactor: null }, 'unknown']]],
  ['mfa-for-people', 'okta.user_factor', { hasActiveFactor: true }, [[{ hasActiveFactor: false }, 'fail']]],
  [
    'password-policy',
    'okta.password_policy',
    { status: 'ACTIVE', minimumLength: 14, historyCount: 24 },
    [
      [{ minimumLength: 13 }, 'fail'],
      [{ historyCount: 4 }, 'fail'],
      [{ historyCount: null }, 'unknown'],
      [{ status: 'INACTIVE' }, 'not_applicable'],
    ],
  ],
  [
    'second-factor-required',
    'github.organization',
    { twoFactorRequired: true },
    [
      [{ twoFactorRequired: false }, 'fail'],
      [{ twoFactorRequired: null }, 'unknown'],
    ],
  ],
  [
    'second-factor-required',
    'okta.sign_on_policy',
    { status: 'ACTIVE', rules: [rule, { ...rule, status: 'INACTIVE', requiresFactor: false }] },
    [
      [{ rules: [rule, { ...rule, requiresFactor: false }] }, 'fail'],
      [{ rules: [{ ...rule, requiresFactor: null }] }, 'unknown'],
      [{ rules: [{ ...rule, access: 'DENY', requiresFactor: false }] }, 'pass'],
      [{ status: 'INACTIVE' }, 'not_applicable'],
    ],
  ],
  [
    'second-factor-enrolled',
    'okta.mfa_enroll_policy',
    { status: 'ACTIVE', authenticators: [{ key: 'okta_verify', enroll: 'REQUIRED' }] },
    [
      [{ authenticators: [{ key: 'okta_password', enroll: 'REQUIRED' }] }, 'fail'],
      [{ authenticators: [{ key: 'okta_verify', enroll: 'OPTIONAL' }] }, 'fail'],
      [{ status: 'INACTIVE' }, 'not_applicable'],
    ],
  ],
  [
    'leaked-secrets-revoked',
    'github.secret_scanning_alert',
    { state: 'resolved', validity: null },
    [[{ state: 'open', validity: 'active' }, 'fail']],
  ],
  [
    'code-weaknesses-mended',
    'github.code_scanning_alert',
    { state: 'fixed', securitySeverity: 'critical' },
    [
      [{ state: 'open' }, 'fail'],
      [{ state: null }, 'unknown'],
      [{ state: 'open', securitySeverity: 'medium' }, 'not_applicable'],
      [{ state: 'open', securitySeverity: null }, 'not_applicable'],
    ],
  ],
  [
    'vulnerable-dependencies-updated',
    'github.dependabot_alert',
    { state: 'fixed', severity: 'high' },
    [
      [{ state: 'open' }, 'fail'],
      [{ state: 'open', severity: 'low' }, 'not_applicable'],
    ],
  ],
  [
    'secret-scanning-on',
    'github.repository',
    { archived: false, secretScanning: true },
    [
      [{ secretScanning: false }, 'fail'],
      [{ secretScanning: null }, 'unknown'],
      [{ archived: true, secretScanning: false }, 'not_applicable'],
    ],
  ],
  [
    'api-tokens-confined',
    'okta.api_token',
    { network: 'ZONE' },
    [
      [{ network: 'ANYWHERE' }, 'fail'],
      [{ network: null }, 'unknown'],
    ],
  ],
])('%s by %s', (controlId, evidence, good, others) => {
  it('passes what is as it should be', () => {
    expect(statusOf(controlId, evidence, good)).toBe('pass');
  });
  it.each(others)('judges %j as %s', (change, status) => {
    const row = Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined));
    expect(statusOf(controlId, evidence, row)).toBe(status);
  });
});

describe('the catalogue', () => {
  it('maps every control to both frameworks and says what to do at every provider it tests', () => {
    expect(new Set(controls.map(({ id }) => id)).size).toBe(controls.length);
    for (const { satisfies, tests, remediation } of controls) {
      expect(satisfies.some((one) => one.startsWith('soc2:'))).toBe(true);
      expect(satisfies.some((one) => one.startsWith('iso27001:2022:'))).toBe(true);
      expect(Object.keys(remediation).toSorted()).toEqual(
        [...new Set(tests.map(({ connector }) => connector))].toSorted(),
      );
    }
  });

  it('finds controls by the evidence that they are judged by, and by requirement', () => {
    expect(controlsFor(['github.org_member', 'aws.vpc']).map(({ id }) => id)).toEqual([
      ...['leavers-without-accounts', 'mfa-for-people'],
    ]);
    expect(controlsFor(['okta.app']).map(({ id }) => id)).toEqual(['leavers-without-accounts']);
    expect(controlsFor([])).toEqual([]);
    expect(requirements.get('iso27001:2022:A.5.17')).toEqual([
      ...['api-tokens-confined', 'leaked-secrets-revoked', 'password-policy', 'single-access-key'],
    ]);
  });

  it('refuses a control that tests one type twice, or leaves a provider without a remedy', () => {
    const test = every('github.org_member', {
      reads: [],
      resource: '{login}',
      judge: () => ({ status: 'pass', reason: '' }),
    });
    const control = {
      ...controls[0],
      id: 'x',
      title: '',
      description: '',
      severity: 'low',
      satisfies: [],
      freshnessHours: 1,
    } as const;
    expect(() => defineControl({ ...control, remediation: { github: 'x' }, tests: [test, test] })).toThrow('twice');
    expect(() => defineControl({ ...control, remediation: {}, tests: [test] })).toThrow('what to do at github');
  });
});
