import type { Mutation } from './mutation.ts';
import { mutationsOfEvidence } from './mutations-of-evidence.ts';
import { mutationsOfRequests } from './mutations-of-requests.ts';
import { mutationsOfRuns } from './mutations-of-runs.ts';

/** Ways to break the product on purpose, and the proof that has to notice each. */
export const mutations: readonly Mutation[] = [...mutationsOfRuns, ...mutationsOfRequests, ...mutationsOfEvidence];
