import type { Oracles } from '../oracles.ts';
import { passIf, passIfApplicable } from './answer.ts';

const isActive = (status: unknown) => status === 'ACTIVE';

export const oktaOracles: Oracles = {
  'okta.user_factor': { 'mfa-for-people': ({ hasActiveFactor }) => passIf(hasActiveFactor) },
  'okta.admin_role': {
    'super-admins-named': ({ role, assignedThrough }) =>
      passIfApplicable(role === 'SUPER_ADMIN', assignedThrough === 'USER'),
  },
  'okta.api_token': { 'api-tokens-confined': ({ network }) => passIf(network !== 'ANYWHERE') },
  'okta.password_policy': {
    'password-policy': ({ status, minimumLength, historyCount }) =>
      passIfApplicable(isActive(status), Number(minimumLength) >= 14 && Number(historyCount) >= 24),
  },
  'okta.mfa_enroll_policy': {
    'second-factor-enrolled': ({ status, authenticators }) => {
      const required = listOf(authenticators).filter(({ enroll }) => enroll === 'REQUIRED');
      const isRequired = required.some(({ key }) => key !== 'okta_password' && key !== 'security_question');
      return passIfApplicable(isActive(status), isRequired);
    },
  },
  'okta.sign_on_policy': {
    'second-factor-required': ({ status, rules }) =>
      passIfApplicable(
        isActive(status),
        openRules(rules).every(({ requiresFactor }) => requiresFactor === true),
      ),
    'sessions-limited': ({ status, rules }) =>
      passIfApplicable(
        isActive(status),
        openRules(rules).every(
          ({ maxIdleMinutes: idle, maxLifetimeMinutes: lifetime }) =>
            isWithin(Number(idle), 2 * 60) && isWithin(Number(lifetime), 18 * 60),
        ),
      ),
  },
};

function openRules(rules: unknown): Record<string, unknown>[] {
  return listOf(rules).filter(({ status, access }) => isActive(status) && access === 'ALLOW');
}

function isWithin(minutes: number, most: number): boolean {
  return minutes >= 1 && minutes <= most;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return value as Record<string, unknown>[]; // as the world's truth says of these types
}
