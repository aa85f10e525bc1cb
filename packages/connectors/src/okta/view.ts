import { ConnectorError, Gap } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { Role, UserId } from './answers.ts';
import type { Okta } from './client.ts';

/** Roles that see every user, group and app; any other may be confined to some, and Okta then lists those and says nothing of the rest. */
const seesAll = ['SUPER_ADMIN', 'ORG_ADMIN', 'READ_ONLY_ADMIN'];

const owners = new WeakMap<Okta, Promise<string>>();

/** The user whose rights an API token has; asked once a run. */
export function ownerOf(okta: Okta): Promise<string> {
  const asked = owners.get(okta) ?? okta.get('/api/v1/users/me', UserId).then(({ id }) => id);
  owners.set(okta, asked);
  asked.catch(() => owners.delete(okta)); // a failure is not remembered; the caller sees it through `asked`
  return asked;
}

/**
 * Administrator roles of the credential itself that are in force; null: it may not read them.
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentClient/
 */
export async function rolesOf(okta: Okta): Promise<readonly string[] | null> {
  try {
    const path =
      okta.clientId === null
        ? `/api/v1/users/${await ownerOf(okta)}/roles`
        : `/oauth2/v1/clients/${okta.clientId}/roles`;
    const roles = await okta.get(path, z.array(Role));
    return roles.filter(({ status }) => status !== 'INACTIVE').map(({ type }) => type);
  } catch (error) {
    if (error instanceof ConnectorError && (error.code === 'permission_denied' || error.code === 'not_found'))
      return null;
    throw error;
  }
}

/**
 * A gap over the whole listing where the credential's role may have shown a part of it only. To be asked when the listing has answered,
 * because a role may have been taken away meanwhile.
 * https://help.okta.com/en-us/content/topics/security/administrators-admin-comparison.htm
 */
export async function* silentlyPartial(okta: Okta): AsyncGenerator<Gap> {
  const roles = await rolesOf(okta);
  if (roles?.some((role) => seesAll.includes(role))) return;
  const detail =
    roles === null
      ? 'The credential may not read its own administrator role, so nobody knows what it is shown: grant okta.roles.read and a role that sees it.'
      : "The credential's administrator role may be shown a part only: assign it the role Read-only Administrator.";
  yield new Gap('*', 'permission_denied', detail);
}
