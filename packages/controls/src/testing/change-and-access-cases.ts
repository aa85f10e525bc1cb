import type { JudgementCase } from './judgement-case.ts';

const rule = {
  ...{ ruleId: 'r', name: 'all', status: 'ACTIVE', priority: 1, access: 'ALLOW', requiresFactor: true },
  ...{ factorPromptMode: null, factorLifetimeMinutes: null, maxIdleMinutes: 120, maxLifetimeMinutes: 1_080 },
  persistentCookie: null,
};
const withRule = (change: object) => ({ rules: [rule, { ...rule, ...change }] });

export const changeAndAccessCases: JudgementCase[] = [
  [
    'reviews-of-last-commit',
    'github.branch_protection',
    { requiredApprovals: 1, dismissesStaleReviews: true, requiresLastPushApproval: false },
    [
      [{ dismissesStaleReviews: false, requiresLastPushApproval: true }, 'pass'],
      [{ dismissesStaleReviews: false }, 'fail'],
      [{ requiredApprovals: 0 }, 'fail'],
      [{ dismissesStaleReviews: undefined }, 'unknown'],
    ],
  ],
  [
    'branch-rules-bind-everybody',
    'github.branch_protection',
    { enforcedForAdmins: true, pullRequestBypassers: 0 },
    [
      [{ enforcedForAdmins: false }, 'fail'],
      [{ pullRequestBypassers: 1 }, 'fail'],
      [{ enforcedForAdmins: null }, 'not_applicable'],
      [{ pullRequestBypassers: undefined }, 'unknown'],
    ],
  ],
  [
    'commits-signed',
    'github.branch_protection',
    { requiresSignatures: true },
    [
      [{ requiresSignatures: false }, 'fail'],
      [{ requiresSignatures: undefined }, 'unknown'],
    ],
  ],
  [
    'checks-required',
    'github.branch_protection',
    { requiredChecks: ['test'] },
    [
      [{ requiredChecks: [] }, 'fail'],
      [{ requiredChecks: undefined }, 'unknown'],
    ],
  ],
  [
    'public-repositories-restricted',
    'github.organization',
    { membersCanCreateRepositories: true, membersCanCreatePublicRepositories: false },
    [
      [{ membersCanCreateRepositories: false, membersCanCreatePublicRepositories: null }, 'pass'],
      [{ membersCanCreatePublicRepositories: true }, 'fail'],
      [{ membersCanCreatePublicRepositories: null }, 'unknown'],
      [{ membersCanCreateRepositories: null, membersCanCreatePublicRepositories: true }, 'unknown'],
    ],
  ],
  [
    'webhooks-secured',
    'github.webhook',
    { active: true, host: 'hooks.example.com', encrypted: true, verifiesCertificate: true, hasSecret: true },
    [
      [{ encrypted: false }, 'fail'],
      [{ verifiesCertificate: false }, 'fail'],
      [{ hasSecret: false }, 'fail'],
      [{ host: null, encrypted: false }, 'unknown'],
      [{ active: false, hasSecret: false }, 'not_applicable'],
    ],
  ],
  [
    'super-admins-named',
    'okta.admin_role',
    { role: 'SUPER_ADMIN', status: 'ACTIVE', assigneeType: 'user', assignedThrough: 'USER' },
    [
      [{ status: null }, 'pass'],
      [{ assignedThrough: 'GROUP' }, 'fail'],
      [{ assigneeType: 'group', assignedThrough: null }, 'fail'],
      [{ assignedThrough: null }, 'unknown'],
      [{ role: 'APP_ADMIN', assigneeType: 'group' }, 'not_applicable'],
      [{ status: 'INACTIVE', assigneeType: 'group' }, 'not_applicable'],
    ],
  ],
  [
    'sessions-limited',
    'okta.sign_on_policy',
    { status: 'ACTIVE', rules: [rule] },
    [
      [withRule({ maxIdleMinutes: 121 }), 'fail'],
      [withRule({ maxIdleMinutes: 0 }), 'fail'],
      [withRule({ maxLifetimeMinutes: 1_081 }), 'fail'],
      [withRule({ maxLifetimeMinutes: 0 }), 'fail'],
      [withRule({ maxLifetimeMinutes: null }), 'unknown'],
      [withRule({ maxIdleMinutes: null, maxLifetimeMinutes: 0 }), 'fail'],
      [withRule({ maxLifetimeMinutes: 0, access: 'DENY' }), 'pass'],
      [withRule({ maxLifetimeMinutes: 0, status: 'INACTIVE' }), 'pass'],
      [{ status: 'INACTIVE' }, 'not_applicable'],
    ],
  ],
];
