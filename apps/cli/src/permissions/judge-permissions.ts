import type { Connector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import type { Vocabulary } from './vocabulary.ts';

/** What of packages/db's manifests is looked at; other releases may have kept more. */
const manifestSchema = z.object({
  calls: z.array(z.object({ operation: z.string(), calls: z.number(), failed: z.number().default(0) })).default([]),
  streams: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
});

/** Something that could not be read for want of a permission. */
interface DeniedGap {
  readonly type: string;
  readonly scope: string;
  /** A public sentence that names the permission where the provider does. */
  readonly detail: string;
}

export interface PermissionUse {
  readonly permission: string;
  /** used: a run has read with it. unused: granted, or needed at times, and no run has. missing: needed, and not granted. */
  readonly state: 'used' | 'unused' | 'missing';
  /** Calls made with it, where the provider has a permission for each call. */
  readonly calls: number | null;
  /** The evidence types that need it. */
  readonly types: readonly string[];
  /** Why it is missing, or why it may stay though it is unused. */
  readonly note: string | null;
}

export interface PermissionReport {
  readonly permissions: readonly PermissionUse[];
  /** Refusals that name none of the permissions above, each with how often. */
  readonly refused: readonly { readonly type: string; readonly detail: string; readonly gaps: number }[];
}

export interface PermissionQuestion {
  readonly connector: Pick<Connector, 'streams'>;
  readonly vocabulary: Vocabulary;
  /** Of the runs that are looked at; unparsed. */
  readonly manifests: readonly unknown[];
  readonly denied: readonly DeniedGap[];
}

/** Compares what was used and what was refused with what is needed and what is granted. Pure. */
export function judgePermissions({ connector, vocabulary, manifests, denied }: PermissionQuestion): PermissionReport {
  const needs = needsOf(connector, vocabulary);
  const done = manifests.map((manifest) => manifestSchema.parse(manifest));
  const { granted, covers } = vocabulary;
  const uses = [...needs].map(([permission, types]): PermissionUse => {
    const calls = callsWith(permission, done, vocabulary);
    const isUsed = calls === null ? types.some((type) => wasRead(type, done)) : calls > 0;
    const refusal = denied.find(({ detail }) => names(detail, permission));
    const isTold = vocabulary.isTold?.(permission) ?? true;
    const isGranted = isTold ? (granted?.some((grant) => covers(grant, permission)) ?? null) : null;
    if (refusal !== undefined && isGranted !== true)
      return { permission, types, calls, state: 'missing', note: refusal.detail };
    if (isGranted === false) return { permission, types, calls, state: 'missing', note: 'It is not granted.' };
    return { permission, types, calls, state: isUsed ? 'used' : 'unused', note: null };
  });
  return {
    permissions: [...uses, ...idleGrants(vocabulary, [...needs.keys()])].sort(byStateAndName),
    refused: refusals(
      denied.filter(({ detail }) => ![...needs.keys()].some((permission) => names(detail, permission))),
    ),
  };
}

/** Every permission that reading everything needs, with the types that need it. */
function needsOf({ streams }: Pick<Connector, 'streams'>, { needed }: Vocabulary): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  for (const stream of streams) {
    for (const permission of needed(stream))
      needs.set(permission, [...(needs.get(permission) ?? []), stream.evidence.name]);
  }
  return needs;
}

type Done = z.output<typeof manifestSchema>;

/** Calls that the provider answered; null: its permissions are not those of single calls. */
function callsWith(permission: string, done: readonly Done[], { permissionOf }: Vocabulary): number | null {
  if (permissionOf === undefined) return null;
  const made = done.flatMap(({ calls }) => calls).filter(({ operation }) => permissionOf(operation) === permission);
  return made.reduce((sum, { calls, failed }) => sum + Math.max(0, calls - failed), 0);
}

function wasRead(type: string, done: readonly Done[]): boolean {
  return done.some(({ streams }) =>
    streams.some((one) => one.type === type && /^(complete|partial)$/.test(one.status)),
  );
}

/** As a word of its own: `read:org` is not named by `read:organization`. */
function names(detail: string, permission: string): boolean {
  const escaped = permission.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w:.])${escaped}(?!\\w|[:.]\\w)`).test(detail);
}

/** Grants that nothing needs. */
function idleGrants({ granted, covers }: Vocabulary, needed: readonly string[]): PermissionUse[] {
  const idle = granted?.filter((grant) => !needed.some((permission) => covers(grant, permission))) ?? [];
  const note = 'No evidence type needs it: it can be taken away.';
  return idle.map((permission) => ({ permission, state: 'unused', calls: null, types: [], note }));
}

function refusals(denied: readonly DeniedGap[]): PermissionReport['refused'] {
  const alike = Map.groupBy(denied, ({ type, detail }) => `${type}\n${detail}`);
  return [...alike.values()].flatMap((gaps) => {
    const [first] = gaps;
    return first === undefined ? [] : [{ type: first.type, detail: first.detail, gaps: gaps.length }];
  });
}

const order = ['missing', 'used', 'unused'];

function byStateAndName(one: PermissionUse, other: PermissionUse): number {
  return order.indexOf(one.state) - order.indexOf(other.state) || (one.permission < other.permission ? -1 : 1);
}
