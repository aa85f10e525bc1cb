import type { TrueEvidence } from '../github/truth-of-repository.ts';
import type { OktaWorld, WorldPolicy } from './world.ts';

export function truthOfPolicies(world: OktaWorld): TrueEvidence[] {
  return world.policies.map((policy) => {
    const { id, name, priority, groupIds } = policy;
    const shared = { policyId: id, name, status: 'ACTIVE', priority, system: false, groupIds: groupIds.toSorted() };
    return { type: typeNames[policy.type], key: [id], material: { ...shared, ...contentOf(policy) } };
  });
}

const typeNames = {
  PASSWORD: 'okta.password_policy',
  OKTA_SIGN_ON: 'okta.sign_on_policy',
  MFA_ENROLL: 'okta.mfa_enroll_policy',
} as const;

function contentOf({ type, minimumLength, rules, enroll }: WorldPolicy): Record<string, unknown> {
  switch (type) {
    case 'PASSWORD':
      return {
        ...{ minimumLength, minimumLowercase: 1, minimumUppercase: 1, minimumNumbers: 1, minimumSymbols: 0 },
        ...{ excludesUsername: true, excludesCommonPasswords: true, maxAgeDays: 0, minAgeMinutes: 0, historyCount: 4 },
        ...{ lockoutAttempts: 10, autoUnlockMinutes: 0 },
      };
    case 'OKTA_SIGN_ON':
      return {
        rules: rules.map(({ id, requiresFactor }) => ({
          ...{ ruleId: id, name: `rule ${id}`, status: 'ACTIVE', priority: 1, access: 'ALLOW', requiresFactor },
          ...{ factorPromptMode: 'ALWAYS', factorLifetimeMinutes: 15, maxIdleMinutes: 120 },
          ...{ maxLifetimeMinutes: 720, persistentCookie: false },
        })),
      };
    case 'MFA_ENROLL':
      return {
        authenticators: enroll
          .map(({ key, self }) => ({ enroll: self, key }))
          .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
      };
    default:
      return type satisfies never;
  }
}
