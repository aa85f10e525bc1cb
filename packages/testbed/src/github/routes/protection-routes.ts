import { protectionBody } from '../bodies/protection-body.ts';
import { type Answer, type Call, inRepository, isAdmin, notFound, ok, type Routes, refuse } from '../routing.ts';
import type { WorldOrganization, WorldProtection, WorldRepository } from '../world.ts';

/** How a person mends what the fleet has found: by GitHub's own API. */
export const protectionRoutes: Routes = [
  [
    'PUT /repos/:owner/:repo/branches/:branch/protection',
    (call) => inRepository(call, (repository, organization) => protect(call, repository, organization)),
    'administration',
  ],
];

/** https://docs.github.com/en/rest/branches/branch-protection#update-branch-protection */
function protect(call: Call, repository: WorldRepository, organization: WorldOrganization): Answer {
  const { installation } = call.token;
  if (installation !== undefined && installation.permissions.administration !== 'write')
    return refuse(403, 'Resource not accessible by integration');
  if (!isAdmin(call, organization)) return notFound();
  if (repository.empty || call.parameters.branch !== repository.defaultBranch) return refuse(404, 'Branch not found');
  const asked = protectionOf(call);
  if (asked === null) return refuse(422, `Invalid request. It needs ${required.join(', ')}.`);
  repository.protection = asked;
  return ok(protectionBody(call, { organization, repository }, asked));
}

/** Each may be null at GitHub; here reviews may not, for in this world every protection asks for a pull request. */
const required = ['required_status_checks', 'enforce_admins', 'required_pull_request_reviews', 'restrictions'];

interface Asked {
  readonly required_status_checks: { readonly contexts?: readonly string[] } | null;
  readonly enforce_admins: boolean | null;
  readonly required_pull_request_reviews: {
    readonly dismiss_stale_reviews?: boolean;
    readonly require_code_owner_reviews?: boolean;
    readonly required_approving_review_count?: number;
    readonly require_last_push_approval?: boolean;
    readonly bypass_pull_request_allowances?: { readonly users?: readonly string[] };
  } | null;
  readonly required_linear_history?: boolean;
  readonly allow_force_pushes?: boolean | null;
  readonly allow_deletions?: boolean;
}

function protectionOf({ body, world }: Call): WorldProtection | null {
  if (typeof body !== 'object' || body === null || !required.every((field) => field in body)) return null;
  const asked = body as Asked; // who mends a simulator is believed about the kinds of the fields
  const reviews = asked.required_pull_request_reviews;
  if (reviews === null) return null;
  const bypassers = reviews.bypass_pull_request_allowances?.users ?? [];
  return {
    approvals: reviews.required_approving_review_count ?? 1,
    codeOwners: reviews.require_code_owner_reviews === true,
    lastPush: reviews.require_last_push_approval === true,
    dismissStale: reviews.dismiss_stale_reviews === true,
    enforceAdmins: asked.enforce_admins === true,
    checks: [...(asked.required_status_checks?.contexts ?? [])],
    signatures: false,
    linearHistory: asked.required_linear_history === true,
    forcePushes: asked.allow_force_pushes === true,
    deletions: asked.allow_deletions === true,
    bypassUserIds: world.users.filter(({ login }) => bypassers.includes(login)).map(({ id }) => id),
  };
}
