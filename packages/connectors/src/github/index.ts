import { ConnectorError, defineConnector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { User } from './answers.ts';
import { createGitHub, type GitHub } from './client.ts';
import { mapError, readQuota } from './errors.ts';
import { branchProtections } from './streams/branch-protections.ts';
import { dependabotAlerts } from './streams/dependabot-alerts.ts';
import { orgMembers } from './streams/org-members.ts';
import { organizations } from './streams/organizations.ts';
import { pullRequests } from './streams/pull-requests.ts';
import { repositories } from './streams/repositories.ts';

const publicApi = 'https://api.github.com';

/** GitHub.com and GitHub Enterprise Server, read with a personal access token (classic or fine-grained). */
export const github = defineConnector({
  id: 'github',
  title: 'GitHub',
  version: 1,
  auth: {
    token: { title: 'Personal access token', secrets: z.object({ token: z.string().trim().min(1) }) },
  },
  settings: z.object({
    /** Logins of the organizations to read. */
    organizations: z
      .array(z.string().regex(/^[a-z\d](?:[a-z\d-]{0,38})$/i))
      .min(1)
      .refine(
        (logins) => new Set(logins.map((login) => login.toLowerCase())).size === logins.length,
        'one is named twice',
      ),
    /** GitHub Enterprise Server: `https://<host>/api/v3`. Without it, GitHub.com. */
    apiUrl: z.url({ protocol: /^https$/ }).optional(),
    /** How far back the first pass over pull requests reaches, in days. */
    pullRequestDays: z.int().min(1).max(3650).default(400),
  }),
  scopeSettings: ['organizations', 'apiUrl'],
  limits: [
    {
      name: 'core',
      requests: 5000,
      perMs: 3_600_000,
      // The secondary limit allows 900 points a minute, and a GET is one: half of this burst, which is what the fleet takes of a
      // quota unless told otherwise, and a minute's rate stay below it. Past it GitHub says when to go on.
      burst: 1700,
      docs: 'https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-authenticated-users',
    },
  ],
  // GitHub allows 100 at once for a user, all integrations together.
  // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
  concurrency: 8,
  schedule: { defaultHours: 4, minHours: 1, maxHours: 24 },
  hosts: ({ apiUrl }) => [new URL(apiUrl ?? publicApi).hostname],
  connect: ({ credentials, settings }, runtime) =>
    createGitHub(
      {
        token: credentials.token,
        apiUrl: (runtime.endpoint ?? settings.apiUrl ?? publicApi).replace(/\/+$/, ''),
        host: settings.apiUrl === undefined ? null : new URL(settings.apiUrl).hostname,
        organizations: settings.organizations,
        pullRequestDays: settings.pullRequestDays,
      },
      runtime,
    ),
  /** The account is the set of organizations, not the user, so that a colleague's token can take over. The quota is the user's. */
  check: async (github) => {
    const user = await github.get('GET /user', {}, User);
    const found = await Promise.all(github.organizations.map((login) => findOrganization(github, login)));
    const ids = found.map(({ id }) => id).sort((one, other) => one - other);
    return {
      account: { id: ids.join(','), title: found.map(({ login }) => login).join(', ') },
      quotaScope: github.host === null ? `user:${user.id}` : `user:${user.id}@${github.host}`,
      // A fine-grained token is not told what it may do.
      grants: github.scopes()?.toSorted() ?? ['fine-grained'],
    };
  },
  mapError,
  readQuota,
  streams: [branchProtections, dependabotAlerts, orgMembers, organizations, pullRequests, repositories],
});

async function findOrganization(github: GitHub, login: string) {
  try {
    return await github.organization(login);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'not_found') throw error;
    const message = `There is no organization "${login}" that this token can see: correct the settings or the token.`;
    throw new ConnectorError('configuration_error', message, { cause: error });
  }
}
