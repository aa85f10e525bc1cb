import type { Status } from '../oracles.ts';

export function passIf(holds: unknown): Status {
  return holds === true ? 'pass' : 'fail';
}

/** @param applies whether the control has anything to say of the resource */
export function passIfApplicable(applies: boolean, holds: unknown): Status {
  return applies ? passIf(holds) : 'not_applicable';
}
