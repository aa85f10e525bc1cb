import { awsPermissionOf } from '@evidence-fleet/connectors';
import { z } from 'zod';
import type { CredentialView, Excess, Vocabulary } from './vocabulary.ts';

/**
 * AWS tells nobody what a principal may do, only who it is. What it holds is told by the evidence of its own account: its role, and the
 * managed policies that are attached.
 */
export function awsVocabulary(view: CredentialView): Vocabulary {
  return {
    needed: ({ permissions }) => permissions,
    granted: null,
    covers: (grant, permission) => grant === permission,
    permissionOf: awsPermissionOf,
    excess: () => excessOf(view),
    notes: [
      'AWS does not tell what a principal may do: what is not used may or may not be granted. Some actions are called only when a resource has vanished, as proof of that.',
    ],
  };
}

const todo = 'Attach what `fleet connectors show aws --policy` prints, and nothing else.';

async function excessOf(view: CredentialView): Promise<Excess[] | null> {
  const arn = view.grants.find((grant) => grant.startsWith('arn:')) ?? '';
  if (arn.endsWith(':root')) {
    const instead = 'Make a role for the fleet, and delete the access keys of the root user.';
    return [{ grant: arn, why: 'the root user may do everything, and nothing limits it', todo: instead }];
  }
  const principal = await findPrincipal(arn, view);
  if (principal === null) return null;
  const { id, isAdministrator } = principal;
  const held: Excess[] = [];
  let hasPolicies = false;
  for await (const row of view.evidence('aws.iam_policy')) {
    hasPolicies = true;
    const policy = heldPolicy.safeParse(row).data;
    const why = policy === undefined ? null : tooMuchOf(policy);
    if (policy === undefined || why === null) continue;
    if ([...policy.attachedRoleIds, ...policy.attachedUserIds].includes(id))
      held.push({ grant: policy.policyName, why, todo });
  }
  if (isAdministrator && !held.some(({ why }) => why === everything))
    held.push({ grant: 'an inline policy', why: everything, todo });
  return hasPolicies || isAdministrator ? held : null;
}

const everything = 'allows everything';

const heldPolicy = z.object({
  policyName: z.string(),
  attachedRoleIds: z.array(z.string()),
  attachedUserIds: z.array(z.string()),
  allowsAllOnAll: z.boolean(),
  allowsByException: z.boolean(),
  wholeServices: z.array(z.string()),
});

function tooMuchOf({ allowsAllOnAll, allowsByException, wholeServices }: z.output<typeof heldPolicy>): string | null {
  if (allowsAllOnAll) return everything;
  if (allowsByException) return 'allows everything but what it names';
  return wholeServices.length === 0 ? null : `allows every action of ${wholeServices.join(', ')}`;
}

const role = z.object({ roleId: z.string(), roleName: z.string(), isAdministrator: z.boolean() });
const user = z.object({ userId: z.string(), arn: z.string() });

/** A role is found by its name, because the ARN of a session leaves its path out; names of roles are unique in an account. */
async function findPrincipal(
  arn: string,
  view: CredentialView,
): Promise<{ readonly id: string; readonly isAdministrator: boolean } | null> {
  const name = /:role\/(?:.*\/)?([^/]+)$/.exec(arn)?.[1];
  if (name !== undefined) {
    for await (const row of view.evidence('aws.iam_role')) {
      const found = role.safeParse(row).data;
      if (found?.roleName === name) return { id: found.roleId, isAdministrator: found.isAdministrator };
    }
    return null;
  }
  for await (const row of view.evidence('aws.iam_user')) {
    const found = user.safeParse(row).data;
    if (found?.arn === arn) return { id: found.userId, isAdministrator: false };
  }
  return null;
}
