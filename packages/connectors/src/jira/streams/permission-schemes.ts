import { stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { PermissionScheme, PermissionSchemes } from '../answers.ts';
import type { Jira } from '../client.ts';
import { permissionScheme } from '../evidence.ts';
import { permissions } from '../operations.ts';
import { silentlyPartial } from '../view.ts';

const expand = 'permissions';

export const permissionSchemes = stream(
  permissionScheme,
  {
    permissions: [permissions.administer],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-get',
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-get',
    ],
    calls: {
      reads: [1],
      proves: [1],
    },
    async probe(jira: Jira, { schemeId }) {
      // A 404 does not tell "gone" from "hidden" and stays an error.
      return toRow(
        await jira.ask((api) => api.permissionSchemes.getPermissionScheme({ schemeId, expand }), PermissionScheme),
      );
    },
  },
  async function* (jira: Jira) {
    const all = await jira.ask((api) => api.permissionSchemes.getAllPermissionSchemes({ expand }), PermissionSchemes);
    yield* all.permissionSchemes.map(toRow);
    yield* silentlyPartial(jira, 'ADMINISTER', 'the schemes that the user may see');
  },
);

function toRow(one: z.output<typeof PermissionScheme>): z.input<typeof permissionScheme.schema> {
  return {
    schemeId: one.id,
    name: one.name,
    projectId: one.scope?.project?.id ?? null,
    grants: one.permissions.map(({ permission, holder }) => ({
      permission,
      holderType: holder.type,
      // Of a group the parameter is its name, which changes hands; the value is its id.
      holder: holder.value ?? holder.parameter ?? null,
    })),
  };
}
