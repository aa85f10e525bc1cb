import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@evidence-fleet/engine';
import type { TrueEvidence } from '@evidence-fleet/testbed';

export type Status = 'pass' | 'fail' | 'unknown' | 'not_applicable';

/** One piece of evidence that the world demands, comparable with what the ledger holds. */
export interface Resource {
  readonly type: string;
  readonly slice: string;
  readonly key: readonly (string | number)[];
  /** SHA-256 of the key, in hexadecimal. */
  readonly keySha: string;
  /** RFC 8785 JSON. */
  readonly material: string;
  /** What a control must say of it. */
  readonly finding: { readonly control: string; readonly status: Status } | null;
}

/** What a control says of one resource, told by the world's words alone: an oracle on purpose apart from the controls' code. */
const oracles: Readonly<Record<string, (material: Readonly<Record<string, unknown>>) => Resource['finding']>> = {
  'github.org_member': ({ twoFactor }) => ({ control: 'mfa-for-people', status: twoFactor === true ? 'pass' : 'fail' }),
  'github.branch_protection': (branch) => ({
    control: 'default-branches-protected',
    status: branch.requiresPullRequest === true && Number(branch.requiredApprovals) > 0 ? 'pass' : 'fail',
  }),
  'aws.iam_mfa_status': ({ hasMfa, hasConsolePassword }) => ({
    control: 'mfa-for-people',
    status: hasMfa === true ? 'pass' : hasConsolePassword === true ? 'fail' : 'not_applicable',
  }),
  'aws.s3_public_access': ({ isBlocked }) => ({
    control: 'no-public-buckets',
    status: isBlocked === true ? 'pass' : 'fail',
  }),
  'aws.password_policy': ({ minimumLength, reusePrevention }) => ({
    control: 'password-policy',
    status: Number(minimumLength) >= 14 && Number(reusePrevention) >= 24 ? 'pass' : 'fail',
  }),
  'aws.cloudtrail_trail': (trail) => ({
    control: 'trail-logging-all-regions',
    status: trail.isLogging && trail.isMultiRegion && trail.managementEvents === 'all' ? 'pass' : 'fail',
  }),
};

/** Fields that are null where the provider does not tell them to this credential: such a row says itself what it does not know. */
const untold: Readonly<Record<string, ReadonlySet<string>>> = {
  'github.organization': new Set([
    'twoFactorRequired',
    'defaultRepositoryPermission',
    'membersCanCreateRepositories',
    'membersCanCreatePublicRepositories',
    'membersCanForkPrivateRepositories',
    'webCommitSignoffRequired',
    'newRepositoriesDependabotAlerts',
    'newRepositoriesSecretScanning',
    'newRepositoriesPushProtection',
    'plan',
  ]),
  'github.org_member': new Set(['twoFactor']),
  'github.outside_collaborator': new Set(['twoFactor']),
};

/** Whether a stored row says nothing but the truth, if not all of it. */
export function agrees(stored: string | undefined, { type, material }: Pick<Resource, 'type' | 'material'>): boolean {
  if (stored === undefined || stored === material) return stored === material;
  const [said, truth] = [JSON.parse(stored), JSON.parse(material)];
  return Object.keys({ ...said, ...truth }).every(
    (field) =>
      JSON.stringify(said[field]) === JSON.stringify(truth[field]) ||
      (said[field] === null && untold[type]?.has(field) === true),
  );
}

/** The control of which one witness is enough. */
const needsOneWitness = 'trail-logging-all-regions';

/** @param sliceOf the slice of a row, by its material */
export function resourcesOf(
  truth: readonly TrueEvidence[],
  sliceOf: (one: TrueEvidence) => string,
): readonly Resource[] {
  return truth.map((one) => ({
    type: one.type,
    slice: sliceOf(one),
    key: one.key,
    keySha: createHash('sha256').update(canonicalJson(one.key)).digest('hex'),
    // The world's truth is plain JSON by construction; its type says "unknown" for brevity.
    material: canonicalJson(one.material as Json),
    finding: oracles[one.type]?.(one.material) ?? null,
  }));
}

/** The verdict of each control over these resources, by name. */
export function verdictsOf(resources: readonly Resource[]): ReadonlyMap<string, Status> {
  const found = new Map<string, Set<Status>>();
  for (const { finding } of resources) {
    if (finding === null) continue;
    found.set(finding.control, (found.get(finding.control) ?? new Set()).add(finding.status));
  }
  const worst = (control: string): readonly Status[] =>
    control === needsOneWitness ? ['pass', 'fail', 'not_applicable'] : ['fail', 'pass', 'not_applicable'];
  return new Map(
    [...found].map(([control, statuses]) => [control, worst(control).find((one) => statuses.has(one)) ?? 'unknown']),
  );
}
