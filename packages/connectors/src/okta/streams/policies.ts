import type { z } from 'zod';
import type { Policy } from '../answers.ts';

export const policyDocs =
  'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/listPolicies';
export const policyPermissions = ['okta.policies.read', 'okta.roles.read'];

/** Every policy of one type. */
export function policyListing<S extends z.ZodType>(type: 'PASSWORD' | 'OKTA_SIGN_ON' | 'MFA_ENROLL', item: S) {
  return { path: '/api/v1/policies', query: { type }, item };
}

/** What policies of every type have. */
export function policyFieldsOf(one: z.output<typeof Policy>) {
  return {
    policyId: one.id,
    name: one.name,
    status: one.status,
    priority: one.priority ?? null,
    system: one.system ?? null,
    groupIds: one.conditions?.people?.groups?.include ?? [],
  };
}
