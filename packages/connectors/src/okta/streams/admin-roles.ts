import { ConnectorError, each, stream } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Role, UserId } from '../answers.ts';
import type { Okta } from '../client.ts';
import { adminRole } from '../evidence.ts';
import { nullIfGone } from '../listing.ts';
import { silentlyPartial } from '../view.ts';

type AssigneeType = z.output<typeof adminRole.schema>['assigneeType'];

/** Okta lists no groups by their roles. */
export const adminRoles = stream(
  adminRole,
  {
    permissions: ['okta.roles.read', 'okta.groups.read'],
    docs: [
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/#tag/RoleAssignmentAUser/operation/listUsersWithRoleAssignments',
      'https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentBGroup/#tag/RoleAssignmentBGroup/operation/listGroupAssignedRoles',
    ],
    calls: {
      reads: [
        { pagesOf: 'administrators', size: 100 },
        { of: 'administrators' },
        { pagesOf: 'groups', size: 200 },
        { of: 'groups' },
      ],
      proves: [1],
    },
    async probe(okta: Okta, { assigneeType, assigneeId, assignmentId }) {
      const rows = await readRoles(okta, assigneeType, assigneeId).catch(nullIfGone);
      return rows?.find((row) => row.assignmentId === assignmentId) ?? null;
    },
  },
  async function* (okta: Okta) {
    for (const [type, assignees] of [
      ['user', administrators(okta)],
      ['group', okta.list('/api/v1/groups', { limit: 200 }, UserId)],
    ] as const) {
      yield* each(
        assignees,
        ({ id }) => ({ scope: `${type}:${id}` }),
        async function* ({ id }) {
          yield* await readRoles(okta, type, id);
        },
        { concurrency: 4 },
      );
    }
    yield* silentlyPartial(okta);
  },
);

const Administrators = z.object({
  value: z.array(UserId),
  _links: z.object({ next: z.object({ href: z.string() }).nullish() }).nullish(),
});

/** Paged by a link in its body. */
async function* administrators(okta: Okta) {
  const seen = new Set<string>();
  for (let after: string | null = ''; after !== null; ) {
    if (seen.has(after))
      throw new ConnectorError('malformed', "Okta's pages of administrators lead back to an earlier one.");
    seen.add(after);
    const query: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const { value, _links } = await okta.get(`/api/v1/iam/assignees/users?limit=100${query}`, Administrators);
    yield* value;
    after = _links?.next ? afterOf(_links.next.href) : null;
  }
}

function afterOf(href: string): string {
  const after = URL.parse(href)?.searchParams.get('after');
  if (after) return after;
  throw new ConnectorError('malformed', 'The next page of administrators is not where Okta documents it.');
}

async function readRoles(okta: Okta, assigneeType: AssigneeType, assigneeId: string) {
  const roles = await okta.get(`/api/v1/${assigneeType}s/${assigneeId}/roles`, z.array(Role));
  return roles.map(
    (one): z.input<typeof adminRole.schema> => ({
      assigneeType,
      assigneeId,
      assignmentId: one.id,
      role: one.type,
      label: one.label,
      status: one.status ?? null,
      assignedThrough: one.assignmentType ?? null,
      customRoleId: one.role ?? null,
      resourceSetId: one['resource-set'] ?? null,
      createdAt: one.created,
      updatedAt: one.lastUpdated,
    }),
  );
}
