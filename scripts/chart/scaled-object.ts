import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { scaling } from '../scale/rule.ts';

const policy = z.strictObject({
  type: z.enum(['Percent', 'Pods']),
  value: z.int().min(1),
  periodSeconds: z.int().min(1).max(1_800),
});
const direction = z.strictObject({
  stabilizationWindowSeconds: z.int().min(0).max(3_600),
  policies: z.array(policy).min(1),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).optional(),
});
const prometheus = z.strictObject({
  type: z.literal('prometheus'),
  name: z.string().regex(/^[a-z]+$/),
  metricType: z.enum(['AverageValue', 'Value']),
  metadata: z.strictObject({
    serverAddress: z.url(),
    query: z.string().min(1),
    threshold: z.string().regex(/^\d+(\.\d+)?$/),
    ignoreNullValues: z.literal('false'),
  }),
});

/** The part of KEDA's ScaledObject that the chart uses, as its reference has it: https://keda.sh/docs/latest/reference/scaledobject-spec/ */
export const scaledObjectSpec = z.strictObject({
  scaleTargetRef: z.strictObject({ name: z.string() }),
  minReplicaCount: z.int().min(1),
  maxReplicaCount: z.int().min(1),
  pollingInterval: z.int().min(1),
  advanced: z.strictObject({
    horizontalPodAutoscalerConfig: z.strictObject({
      behavior: z.strictObject({ scaleUp: direction, scaleDown: direction }),
    }),
  }),
  triggers: z.array(prometheus).min(1),
});

/** By the chart's own values, ten slots among them, it is what `npm run simulate:scale` plays. */
export function isOfRule({ pollingInterval, advanced, triggers }: z.output<typeof scaledObjectSpec>): boolean {
  const { scaleUp, scaleDown } = advanced.horizontalPodAutoscalerConfig.behavior;
  const { up, down } = scaling;
  const told = {
    pollingInterval,
    thresholds: triggers.map(({ metadata }) => Number(metadata.threshold)),
    ageAtMost: Number(/, (\d+)\)$/.exec(triggers[1]?.metadata.query ?? '')?.[1]),
    clearWithin: Number(/ \/ (\d+), 1\)$/.exec(triggers[0]?.metadata.query ?? '')?.[1]),
    up: [scaleUp.stabilizationWindowSeconds, ...scaleUp.policies.map(policyOf)],
    down: [scaleDown.stabilizationWindowSeconds, ...scaleDown.policies.map(policyOf)],
  };
  const ruled = {
    pollingInterval: scaling.pollSeconds,
    thresholds: [10 * scaling.utilization, scaling.oldestWaitingSeconds],
    ageAtMost: scaling.ageTimes * scaling.oldestWaitingSeconds,
    clearWithin: scaling.clearWithinSeconds,
    up: [0, `Percent ${up.percent} ${up.everySeconds}`, `Pods ${up.pods} ${up.everySeconds}`],
    down: [down.afterSeconds, `Percent ${down.percent} ${down.everySeconds}`],
  };
  return isDeepStrictEqual(told, ruled);
}

function policyOf({ type, value, periodSeconds }: z.output<typeof policy>): string {
  return `${type} ${value} ${periodSeconds}`;
}
