import type { Oracles } from '../oracles.ts';
import { passIf, passIfApplicable } from './answer.ts';

const isGrave = (severity: unknown) => severity === 'high' || severity === 'critical';

export const githubOracles: Oracles = {
  'github.organization': {
    'second-factor-required': ({ twoFactorRequired }) => passIf(twoFactorRequired),
    'public-repositories-restricted': (organization) =>
      passIf(!organization.membersCanCreateRepositories || !organization.membersCanCreatePublicRepositories),
  },
  'github.org_member': { 'mfa-for-people': ({ twoFactor }) => passIf(twoFactor) },
  'github.outside_collaborator': { 'mfa-for-outsiders': ({ twoFactor }) => passIf(twoFactor) },
  'github.repository': {
    'secret-scanning-on': ({ archived, secretScanning }) => passIfApplicable(archived !== true, secretScanning),
  },
  'github.branch_protection': {
    'default-branches-protected': (branch) =>
      passIf(branch.requiresPullRequest === true && Number(branch.requiredApprovals) > 0),
    'reviews-of-last-commit': (branch) =>
      passIf(
        Number(branch.requiredApprovals) > 0 &&
          (branch.dismissesStaleReviews === true || branch.requiresLastPushApproval === true),
      ),
    'branch-rules-bind-everybody': ({ enforcedForAdmins, pullRequestBypassers }) =>
      passIfApplicable(
        typeof enforcedForAdmins === 'boolean',
        enforcedForAdmins === true && pullRequestBypassers === 0,
      ),
    'checks-required': ({ requiredChecks }) => passIf(JSON.stringify(requiredChecks) !== '[]'),
    'commits-signed': ({ requiresSignatures }) => passIf(requiresSignatures),
  },
  'github.webhook': {
    'webhooks-secured': ({ active, encrypted, verifiesCertificate, hasSecret }) =>
      passIfApplicable(active === true, encrypted === true && verifiesCertificate === true && hasSecret === true),
  },
  'github.secret_scanning_alert': { 'leaked-secrets-revoked': ({ state }) => passIf(state !== 'open') },
  'github.code_scanning_alert': {
    'code-weaknesses-mended': ({ state, securitySeverity }) =>
      passIfApplicable(isGrave(securitySeverity), state !== 'open'),
  },
  'github.dependabot_alert': {
    'vulnerable-dependencies-updated': ({ state, severity }) => passIfApplicable(isGrave(severity), state !== 'open'),
  },
};
