import { Expected, stream } from '@evidence-fleet/connector-sdk';
import { ServerInfo } from '../answers.ts';
import type { Jira } from '../client.ts';
import { serverInfo } from '../evidence.ts';
import { permissions } from '../operations.ts';

export const serverInfos = stream(
  serverInfo,
  {
    permissions: [permissions.access],
    docs: [
      'https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-server-info/#api-rest-api-3-serverinfo-get',
    ],
    calls: { reads: [1] },
  },
  async function* (jira: Jira) {
    yield new Expected(1);
    const cloudId = await jira.cloudId();
    const one = await jira.ask((api) => api.serverInfo.getServerInfo(), ServerInfo);
    yield {
      cloudId,
      baseUrl: one.baseUrl,
      deploymentType: one.deploymentType ?? null,
      title: one.serverTitle ?? null,
      version: one.version ?? null,
      buildNumber: one.buildNumber ?? null,
    };
  },
);
