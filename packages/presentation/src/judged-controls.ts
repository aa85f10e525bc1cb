import { type Control, controls } from '@evidence-fleet/controls';
import type { ListedVerdict } from '@evidence-fleet/db';
import type { z } from 'zod';
import { whySchema } from './why.ts';

/** A control, and what the evidence says of it. */
export interface JudgedControl {
  readonly control: Control;
  /** undefined: no integration that it concerns was synced yet. */
  readonly verdict: ListedVerdict | undefined;
  readonly why: z.output<typeof whySchema>;
}

/** Every control of this release, in its order. */
export function judgedControls(verdicts: readonly ListedVerdict[]): JudgedControl[] {
  const standing = new Map(verdicts.map((verdict) => [verdict.controlId, verdict]));
  return controls.map((control) => {
    const verdict = standing.get(control.id);
    return { control, verdict, why: whySchema.parse(verdict?.why ?? {}) };
  });
}
