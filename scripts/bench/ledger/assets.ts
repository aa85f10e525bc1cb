import { Checkpoint, defineConnector, defineEvidence, Expected, Gap, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** A resource of some 600 bytes with every kind of field: key, material, nested, unordered, redacted, observed. */
const asset = defineEvidence({
  name: 'bench.asset',
  title: 'Asset',
  version: 1,
  mode: 'snapshot',
  key: ['accountId', 'assetId'],
  schema: z.object({
    accountId: z.string(),
    assetId: z.int(),
    name: z.string(),
    owner: z.string(),
    region: z.string(),
    kind: z.enum(['bucket', 'instance', 'function', 'table']),
    isEncrypted: z.boolean(),
    isPublic: z.boolean(),
    createdAt: z.iso.datetime(),
    description: z.string(),
    tags: z.array(z.string()),
    policies: z.array(z.object({ id: z.string(), effect: z.enum(['allow', 'deny']), actions: z.array(z.string()) })),
    revision: z.int(),
    lastUsedAt: z.iso.datetime().nullable(),
  }),
  observed: ['lastUsedAt'],
  unordered: ['tags'],
  redact: { owner: 'hmac' },
});

export interface Assets {
  readonly count: number;
  /** One asset in so many has another revision; 0: all have the first one. */
  readonly changedEvery: number;
  /** Assets that cannot be read, each a gap. */
  readonly gaps: number;
}

const pageRows = 100;

/** A provider without a cost of its own: it makes its answers up, page by page. */
export function createAssets({ count, changedEvery, gaps }: Assets) {
  const assets = stream(asset, { permissions: [], docs: [], calls: { reads: [] } }, async function* () {
    yield new Expected(count);
    for (let from = 0; from < count; from += pageRows) {
      await Promise.resolve(); // the page
      for (let index = from; index < Math.min(count, from + pageRows); index += 1)
        yield assetOf(index, changedEvery > 0 && index % changedEvery === 0 ? 2 : 1);
      yield new Checkpoint(String(from));
    }
    for (let gap = 0; gap < gaps; gap += 1)
      yield new Gap(`asset:denied-${gap}`, 'permission_denied', 'The bench may not read this asset: grant it.');
  });
  return defineConnector({
    id: 'bench',
    title: 'Bench',
    version: 1,
    auth: { none: { title: 'None', secrets: z.object({}) } },
    settings: z.object({}),
    scopeSettings: [],
    limits: [],
    calls: { begins: [], counts: {} },
    concurrency: 1,
    schedule: { defaultHours: 24, minHours: 1, maxHours: 24 },
    hosts: () => [],
    connect: () => ({}),
    check: async () => ({ account: { id: 'bench', title: 'Bench' }, quotaScope: 'bench', grants: ['read'] }),
    streams: [assets],
  });
}

const kinds = ['bucket', 'instance', 'function', 'table'] as const;

function assetOf(index: number, revision: number): z.input<typeof asset.schema> {
  const id = index.toString(36).padStart(8, '0');
  return {
    accountId: '123456789012',
    assetId: index,
    name: `asset-${id}.production.example.com`,
    owner: `owner-${index % 500}@example.com`,
    region: `eu-west-${index % 3}`,
    kind: kinds[index % kinds.length] ?? 'bucket',
    isEncrypted: index % 7 !== 0,
    isPublic: index % 97 === 0,
    createdAt: '2026-01-05T08:30:00Z',
    description: `Holds what the service ${id} writes, kept for seven years by the rules of retention of the company`,
    tags: [`team-${index % 40}`, `cost-${index % 90}`, 'environment-production'],
    policies: [{ id: `policy-${index % 60}`, effect: 'allow', actions: ['read', 'list'] }],
    revision,
    lastUsedAt: '2026-11-01T00:00:00Z',
  };
}
