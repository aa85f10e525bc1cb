import { longAgo } from './truth.ts';
import type { WorldPolicy } from './world.ts';

export function policyBody(policy: WorldPolicy) {
  const { id, type, name, priority, groupIds, updatedAt } = policy;
  return {
    ...{ id, type, name, priority, status: 'ACTIVE', system: false, description: name },
    ...{ created: longAgo, lastUpdated: updatedAt },
    conditions: { people: { groups: { include: groupIds } } },
    ...settingsOf(policy),
  };
}

function settingsOf({ type, minimumLength, enroll }: WorldPolicy) {
  if (type === 'OKTA_SIGN_ON') return {};
  if (type === 'MFA_ENROLL') {
    const authenticators = enroll.map(({ key, self }) => ({ key, enroll: { self } }));
    return { settings: { type: 'AUTHENTICATORS', authenticators } };
  }
  const classes = { minLowerCase: 1, minUpperCase: 1, minNumber: 1, minSymbol: 0 };
  const complexity = { minLength: minimumLength, ...classes, excludeUsername: true };
  return {
    settings: {
      password: {
        complexity: { ...complexity, dictionary: { common: { exclude: true } }, excludeAttributes: [] },
        age: { maxAgeDays: 0, expireWarnDays: 0, minAgeMinutes: 0, historyCount: 4 },
        lockout: { maxAttempts: 10, autoUnlockMinutes: 0, showLockoutFailures: false },
      },
    },
  };
}

export function ruleBody({ id, requiresFactor }: WorldPolicy['rules'][number]) {
  return {
    ...{ id, name: `rule ${id}`, status: 'ACTIVE', priority: 1, system: false, type: 'SIGN_ON' },
    ...{ created: longAgo, lastUpdated: longAgo },
    conditions: { network: { connection: 'ANYWHERE' }, authContext: { authType: 'ANY' } },
    actions: {
      signon: {
        ...{ access: 'ALLOW', requireFactor: requiresFactor, factorPromptMode: 'ALWAYS', factorLifetime: 15 },
        session: { usePersistentCookie: false, maxSessionIdleMinutes: 120, maxSessionLifetimeMinutes: 720 },
      },
    },
  };
}
