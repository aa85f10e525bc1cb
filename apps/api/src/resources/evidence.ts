import { z } from 'zod';
import { pageOf, time } from './fields.ts';
import { resources } from './registry.ts';

/** As packages/presentation makes it. */
export const evidence = z
  .object({
    id: z.guid(),
    title: z.string(),
    type: z.string(),
    source: z.object({
      connector: z.string(),
      integration: z.string(),
      integrationId: z.guid(),
      account: z.string().nullable(),
    }),
    key: z.array(z.union([z.string(), z.number()])).describe("The provider's immutable id."),
    data: z
      .record(z.string(), z.unknown())
      .describe('Every field that the provider showed; as of a time without those of which only the latest is kept.'),
    metadata: z.object({
      typeVersion: z.int(),
      slice: z.string(),
      hash: z.string().describe("SHA-256 of the versioned fields' RFC 8785 JSON, hexadecimal."),
      runId: z.guid(),
      endReason: z.string().nullable(),
    }),
    collectedAt: time.describe('When it was last proven.'),
    validFrom: time,
    validTo: time.nullable().describe('The end of this version; null while it stands.'),
    validUntil: time
      .nullable()
      .describe('Until when it serves the strictest of its controls; null where it serves none.'),
    controls: z.array(z.string()),
  })
  .register(resources, { id: 'Evidence' });

export const evidencePage = pageOf(evidence).register(resources, { id: 'EvidencePage' });
