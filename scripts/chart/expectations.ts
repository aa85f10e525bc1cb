import { z } from 'zod';
import { apiEnv } from '../../apps/api/src/env.ts';
import { schedulerEnv } from '../../apps/scheduler/src/env.ts';
import { workerEnv } from '../../apps/worker/src/env.ts';
import { type Pod, podOf } from './pods.ts';
import type { Manifest, Rendered } from './render.ts';
import { isOfRule, scaledObjectSpec } from './scaled-object.ts';

/** Everything that must hold of what the chart renders; each a sentence where it does not. */
export function problemsOf({ manifests, problems }: Rendered): string[] {
  return [
    ...problems,
    ...manifests
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata }) => `a Secret is rendered: ${metadata.name}`),
    ...withPods(manifests).flatMap((manifest) => problemsOfPod(manifest, manifests)),
    ...manifests.filter(({ kind }) => kind === 'ScaledObject').flatMap(problemsOfScaling),
  ];
}

function withPods(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');
}

function problemsOfPod(manifest: Manifest, manifests: readonly Manifest[]): string[] {
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  let pod: Pod;
  try {
    pod = podOf(manifest);
  } catch (error) {
    if (error instanceof z.ZodError) return [`${name}: ${z.prettifyError(error)}`];
    throw error;
  }
  const isCovered = (kind: string) =>
    manifests.some((one) => one.kind === kind && selects(one.spec.selector ?? one.spec.podSelector, pod));
  return [
    ...(isCovered('NetworkPolicy') ? [] : [`${name} has no network policy`]),
    ...(manifest.kind === 'Job' || isCovered('PodDisruptionBudget') ? [] : [`${name} has no disruption budget`]),
    ...problemsOfEnv(name, pod),
  ];
}

function selects(selector: unknown, { labels }: Pod): boolean {
  const parsed = z.object({ matchLabels: z.record(z.string(), z.string()) }).safeParse(selector);
  return parsed.success && Object.entries(parsed.data.matchLabels).every(([name, value]) => labels[name] === value);
}

/** What holds a secret, wholly or in an address; such a variable is a file. */
const secret = /(_URL|KEYRING|PASSWORD)$/;

const schemas: Readonly<Record<string, z.ZodObject>> = {
  'node apps/api/src/main.ts': apiEnv,
  'node apps/worker/src/main.ts': workerEnv,
  'node apps/scheduler/src/main.ts': schedulerEnv,
};

/** A process would start with it: it has what it needs, and nothing that it does not know. */
function problemsOfEnv(name: string, { command, env }: Pod): string[] {
  const inClear = [...env.keys()].filter((variable) => secret.test(variable));
  const schema = schemas[command];
  const given = [...env.keys()].map((variable) => variable.replace(/_FILE$/, ''));
  const own = given.filter((variable) => !variable.startsWith('NODE_'));
  const unknown = schema === undefined ? [] : own.filter((variable) => !Object.hasOwn(schema.shape, variable));
  const known = Object.entries(schema?.shape ?? {});
  const missing = known.filter(([variable, of]) => !given.includes(variable) && !of.safeParse(undefined).success);
  const bad = known.filter(([variable, of]) => env.has(variable) && !of.safeParse(env.get(variable)).success);
  return [
    ...inClear.map((variable) => `${name} has ${variable} in the clear`),
    ...unknown.map((variable) => `${name} has ${variable}, which its process does not know`),
    ...missing.map(([variable]) => `${name} lacks ${variable}`),
    ...bad.map(([variable]) => `${name} has a ${variable} that its process refuses`),
  ];
}

function problemsOfScaling({ metadata, spec }: Manifest): string[] {
  const parsed = scaledObjectSpec.safeParse(spec);
  if (!parsed.success) return [`ScaledObject ${metadata.name}: ${z.prettifyError(parsed.error)}`];
  return isOfRule(parsed.data) ? [] : [`ScaledObject ${metadata.name} is not the rule of scripts/scale/rule.ts`];
}
