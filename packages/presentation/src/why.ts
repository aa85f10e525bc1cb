import { z } from 'zod';

/** What of packages/controls' `Why` is shown; verdicts of other releases may hold more or less. */
export const whySchema = z.object({
  counts: z.record(z.string(), z.number()).default({}),
  openGaps: z.number().default(0),
  unread: z.array(z.string()).default([]),
  stale: z.boolean().default(false),
});
