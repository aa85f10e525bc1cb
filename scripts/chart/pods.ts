import { z } from 'zod';
import type { Manifest } from './render.ts';

const env = z.object({ name: z.string(), value: z.string() });

const container = z.looseObject({
  command: z.array(z.string()),
  env: z.array(env),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.object({ requests: z.object({}).loose(), limits: z.object({ memory: z.string() }).loose() }),
});

/** What every pod of the chart must be, whatever it runs. */
const pod = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }).loose(),
  spec: z
    .object({
      automountServiceAccountToken: z.literal(false),
      securityContext: z
        .object({
          runAsNonRoot: z.literal(true),
          runAsUser: z.number().min(1),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        })
        .loose(),
      containers: z.tuple([container]),
      volumes: z.array(z.looseObject({ name: z.string(), secret: z.unknown().optional() })),
    })
    .loose(),
});

export interface Pod {
  readonly labels: Readonly<Record<string, string>>;
  readonly command: string;
  /** By name; of a variable that a file holds the value is the file's path. */
  readonly env: ReadonlyMap<string, string>;
}

/** The pod of a Deployment or Job. @throws ZodError where it is not what every pod must be */
export function podOf({ spec }: Manifest): Pod {
  const { metadata, spec: inside } = pod.parse(spec.template);
  const [only] = inside.containers;
  return {
    labels: metadata.labels,
    command: only.command.join(' '),
    env: new Map(only.env.map(({ name, value }) => [name, value])),
  };
}
