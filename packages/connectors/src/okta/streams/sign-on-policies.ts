import { Checkpoint, each, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Policy, SignOnRule } from '../answers.ts';
import type { Okta } from '../client.ts';
import { signOnPolicy } from '../evidence-policies.ts';
import { nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';
import { policyDocs, policyFieldsOf, policyListing, policyPermissions } from './policies.ts';

export const signOnPolicies = stream(
  signOnPolicy,
  {
    permissions: policyPermissions,
    docs: [
      policyDocs,
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/#tag/Policy/operation/listPolicyRules',
    ],
    calls: {
      reads: [{ pagesOf: 'sign-on policies', size: 20 }, { of: 'sign-on policies' }],
      proves: [1],
    },
    async probe(okta: Okta, { policyId }) {
      const found = await okta.get(`/api/v1/policies/${policyId}`, Policy).catch(nullIfGone);
      return found && readPolicy(okta, found);
    },
  },
  async function* (okta: Okta, { resume }) {
    const { path, query, item } = policyListing('OKTA_SIGN_ON', Policy);
    for await (const { items, token } of okta.pages(path, query, item, resume)) {
      yield* each(
        items,
        ({ id }) => ({ scope: `policy:${id}`, key: [id] }),
        async function* (policy) {
          yield await readPolicy(okta, policy);
        },
        { concurrency: 4 },
      );
      if (token !== undefined) yield new Checkpoint(token);
    }
    yield* silentlyPartial(okta);
  },
);

async function readPolicy(okta: Okta, policy: z.output<typeof Policy>): Promise<z.input<typeof signOnPolicy.schema>> {
  const rules = await Array.fromAsync(okta.list(`/api/v1/policies/${policy.id}/rules`, {}, SignOnRule));
  return { ...policyFieldsOf(policy), rules: rules.map(toRule) };
}

function toRule({ id, name, status, priority, actions: { signon } }: z.output<typeof SignOnRule>) {
  return {
    ruleId: id,
    name,
    status,
    priority: priority ?? null,
    access: signon.access,
    requiresFactor: signon.requireFactor ?? null,
    factorPromptMode: signon.factorPromptMode ?? null,
    factorLifetimeMinutes: signon.factorLifetime ?? null,
    maxIdleMinutes: signon.session?.maxSessionIdleMinutes ?? null,
    maxLifetimeMinutes: signon.session?.maxSessionLifetimeMinutes ?? null,
    persistentCookie: signon.session?.usePersistentCookie ?? null,
  };
}
