import type { ConnectorId } from '@evidence-fleet/connectors';
import type { Iso2013, Iso2022 } from './iso27001.ts';
import type { Test } from './quantifiers.ts';

/** What the id of a requirement begins with, before a colon. */
export const frameworks = ['soc2', 'iso27001:2022', 'iso27001:2013'] as const;
export type Framework = (typeof frameworks)[number];

/** A criterion of SOC 2 (2017 criteria, points of focus of 2022) or a control of ISO/IEC 27001, Annex A, of either edition. */
export type Requirement =
  | `soc2:${'CC' | 'A' | 'C' | 'PI' | 'P'}${number}.${number}`
  | `iso27001:2022:${Iso2022}`
  | `iso27001:2013:${Iso2013}`;

export type Severity = 'low' | 'medium' | 'high' | 'critical';

/** A control is data: what must hold, by which evidence it is judged, and what a person does where it does not hold. */
export interface Control {
  /** Kebab-case and never changed: findings and verdicts are kept under it. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly severity: Severity;
  readonly satisfies: readonly Requirement[];
  /** Evidence read longer ago than this proves nothing. Hours. */
  readonly freshnessHours: number;
  /** What to do at each provider. */
  readonly remediation: { readonly [Id in ConnectorId]?: string };
  /** At most one an evidence type; an organization is judged by those whose connector it has integrated. */
  readonly tests: readonly Test[];
}

/**
 * Declares a control.
 * @throws when a test has no remediation, two tests share an evidence type (their findings would be one), or not all join the same evidence
 */
export function defineControl(control: Control): Control {
  const types = control.tests.map(({ evidence }) => evidence);
  if (new Set(types).size !== types.length) throw new Error(`Control ${control.id} tests one evidence type twice.`);
  const untold = control.tests.find(({ connector }) => !Object.hasOwn(control.remediation, connector));
  if (untold) throw new Error(`Control ${control.id} does not say what to do at ${untold.connector}.`);
  // What a relation rests on is needed by the whole verdict.
  if (new Set(control.tests.map(({ relation }) => relation?.name)).size > 1)
    throw new Error(`Control ${control.id} joins other evidence in some of its tests and not in others.`);
  return control;
}
