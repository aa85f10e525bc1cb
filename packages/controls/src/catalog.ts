import { type Control, type Framework, frameworks, type Requirement } from './control.ts';
import { adminPoliciesConfined } from './controls/admin-policies-confined.ts';
import { apiTokensConfined } from './controls/api-tokens-confined.ts';
import { branchRulesBindEverybody } from './controls/branch-rules-bind-everybody.ts';
import { changesReviewedAndPlanned } from './controls/changes-reviewed-and-planned.ts';
import { checksRequired } from './controls/checks-required.ts';
import { codeWeaknessesMended } from './controls/code-weaknesses-mended.ts';
import { commitsSigned } from './controls/commits-signed.ts';
import { configRulesCompliant } from './controls/config-rules-compliant.ts';
import { databasesBackedUp } from './controls/databases-backed-up.ts';
import { databasesEncrypted } from './controls/databases-encrypted.ts';
import { defaultBranchesProtected } from './controls/default-branches-protected.ts';
import { flowLogsOn } from './controls/flow-logs-on.ts';
import { keysRotated } from './controls/keys-rotated.ts';
import { leakedSecretsRevoked } from './controls/leaked-secrets-revoked.ts';
import { leaversWithoutAccounts } from './controls/leavers-without-accounts.ts';
import { mfaForOutsiders } from './controls/mfa-for-outsiders.ts';
import { mfaForPeople } from './controls/mfa-for-people.ts';
import { noPublicBuckets } from './controls/no-public-buckets.ts';
import { overdueAlertsTicketed } from './controls/overdue-alerts-ticketed.ts';
import { passwordPolicy } from './controls/password-policy.ts';
import { publicRepositoriesRestricted } from './controls/public-repositories-restricted.ts';
import { reviewsOfLastCommit } from './controls/reviews-of-last-commit.ts';
import { rootAccountProtected } from './controls/root-account-protected.ts';
import { secondFactorEnrolled } from './controls/second-factor-enrolled.ts';
import { secondFactorRequired } from './controls/second-factor-required.ts';
import { secretScanningOn } from './controls/secret-scanning-on.ts';
import { securityGroupsClosed } from './controls/security-groups-closed.ts';
import { sessionsLimited } from './controls/sessions-limited.ts';
import { singleAccessKey } from './controls/single-access-key.ts';
import { storageEncrypted } from './controls/storage-encrypted.ts';
import { superAdminsNamed } from './controls/super-admins-named.ts';
import { trailLoggingAllRegions } from './controls/trail-logging-all-regions.ts';
import { vulnerableDependenciesUpdated } from './controls/vulnerable-dependencies-updated.ts';
import { webhooksSecured } from './controls/webhooks-secured.ts';

/** Every control, in alphabetical order: with its own file, one line here is all that a new control needs. */
export const controls: readonly Control[] = [
  adminPoliciesConfined,
  apiTokensConfined,
  branchRulesBindEverybody,
  changesReviewedAndPlanned,
  checksRequired,
  codeWeaknessesMended,
  commitsSigned,
  configRulesCompliant,
  databasesBackedUp,
  databasesEncrypted,
  defaultBranchesProtected,
  flowLogsOn,
  keysRotated,
  leakedSecretsRevoked,
  leaversWithoutAccounts,
  mfaForOutsiders,
  mfaForPeople,
  noPublicBuckets,
  overdueAlertsTicketed,
  passwordPolicy,
  publicRepositoriesRestricted,
  reviewsOfLastCommit,
  rootAccountProtected,
  secondFactorEnrolled,
  secondFactorRequired,
  secretScanningOn,
  securityGroupsClosed,
  sessionsLimited,
  singleAccessKey,
  storageEncrypted,
  superAdminsNamed,
  trailLoggingAllRegions,
  vulnerableDependenciesUpdated,
  webhooksSecured,
];

/** The controls that are judged by at least one of these evidence types, or by what such a type tells of other resources. */
export function controlsFor(types: Iterable<string>): Control[] {
  const wanted = new Set(types);
  return controls.filter(({ tests }) =>
    tests.some(({ evidence, relation }) => [evidence, ...(relation?.evidence ?? [])].some((type) => wanted.has(type))),
  );
}

/** The controls that satisfy any requirement of a framework. */
export function controlsOf(framework: Framework): Control[] {
  return controls.filter(({ satisfies }) => satisfies.some((one) => isOf(framework, one)));
}

/** Which controls count for the score of which framework. */
export const scoredControls: readonly { readonly framework: Framework; readonly controlId: string }[] =
  frameworks.flatMap((framework) => controlsOf(framework).map(({ id }) => ({ framework, controlId: id })));

/** Whether a requirement is one of a framework. */
export function isOf(framework: Framework, requirement: Requirement): boolean {
  return requirement.startsWith(`${framework}:`);
}

/** As people count: A.5.2 before A.5.10. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** Every requirement that a control serves, in the order of its framework, with the ids of those controls. */
export const requirements: ReadonlyMap<Requirement, readonly string[]> = new Map(
  [...new Set(controls.flatMap(({ satisfies }) => satisfies))]
    .toSorted(byNumber.compare)
    .map((requirement) => [
      requirement,
      controls.filter(({ satisfies }) => satisfies.includes(requirement)).map(({ id }) => id),
    ]),
);
