import { createHash } from 'node:crypto';
import { evidenceTypes } from '@evidence-fleet/connectors';
import { canonicalJson, type Json } from '@evidence-fleet/engine';
import type { TrueEvidence } from '@evidence-fleet/testbed';
import { oracles, type Status } from './oracles.ts';

/** One piece of evidence that the world demands, comparable with what the ledger holds. */
export interface Resource {
  readonly type: string;
  readonly slice: string;
  readonly key: readonly (string | number)[];
  /** SHA-256 of the key, in hexadecimal. */
  readonly keySha: string;
  /** RFC 8785 JSON. */
  readonly material: string;
  /** What each control that is judged by its type must say of it. */
  readonly findings: { readonly [control: string]: Status };
}

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

/** Material as text, without fields that the ledger holds under an organization's own key: nobody outside knows what they look like there. */
export function comparable(type: string, material: Readonly<Record<string, unknown>>): string {
  const redacted = Object.keys(evidenceTypes.get(type)?.redact ?? {});
  const rest = Object.entries(material).filter(([field]) => !redacted.includes(field));
  return canonicalJson(Object.fromEntries(rest) as Json); // plain JSON by construction; its type says "unknown" for brevity
}

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

/** The controls of which one witness is enough. */
const needOneWitness: ReadonlySet<string> = new Set(['trail-logging-all-regions', 'flow-logs-on']);

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
    material: comparable(one.type, one.material),
    findings: findingsOf(one),
  }));
}

function findingsOf({ type, material }: TrueEvidence): Resource['findings'] {
  const asked = Object.entries(oracles[type] ?? {});
  return Object.fromEntries(asked.map(([control, oracle]) => [control, oracle(material)]));
}

/** The verdict of each control over these resources, by name. */
export function verdictsOf(resources: readonly Resource[]): ReadonlyMap<string, Status> {
  const found = new Map<string, Set<Status>>();
  for (const { findings } of resources)
    for (const [control, status] of Object.entries(findings))
      found.set(control, (found.get(control) ?? new Set()).add(status));
  const worst = (control: string): readonly Status[] =>
    needOneWitness.has(control)
      ? ['pass', 'unknown', 'fail', 'not_applicable']
      : ['fail', 'unknown', 'pass', 'not_applicable'];
  return new Map(
    [...found].map(([control, statuses]) => [control, worst(control).find((one) => statuses.has(one)) ?? 'unknown']),
  );
}
