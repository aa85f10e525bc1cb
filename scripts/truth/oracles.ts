import { awsOracles } from './oracles/aws.ts';
import { githubOracles } from './oracles/github.ts';
import { oktaOracles } from './oracles/okta.ts';

export type Status = 'pass' | 'fail' | 'unknown' | 'not_applicable';

/**
 * What each control says of one resource, by evidence type and control, told by the world's words alone: on purpose apart from the
 * controls' code.
 */
export interface Oracles {
  readonly [type: string]: {
    readonly [control: string]: (material: Readonly<Record<string, unknown>>) => Status;
  };
}

export const oracles: Oracles = { ...awsOracles, ...githubOracles, ...oktaOracles };
