import { ConnectorError, defineConnector } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';
import { appSecrets, createAppCredential } from './app-credential.ts';
import { githubCalls } from './calls.ts';
import { createGitHub, type GitHub } from './client.ts';
import { tokenCredential } from './credential.ts';
import { currentUser } from './current-user.ts';
import { mapError, readQuota } from './errors.ts';
import { branchProtections } from './streams/branch-protections.ts';
import { codeScanningAlerts } from './streams/code-scanning-alerts.ts';
import { collaborators } from './streams/collaborators.ts';
import { commitSignatures } from './streams/commit-signatures.ts';
import { dependabotAlerts } from './streams/dependabot-alerts.ts';
import { orgMembers } from './streams/org-members.ts';
import { organizations } from './streams/organizations.ts';
import { outsideCollaborators } from './streams/outside-collaborators.ts';
import { pullRequests } from './streams/pull-requests.ts';
import { repositories } from './streams/repositories.ts';
import { rulesets } from './streams/rulesets.ts';
import { secretScanningAlerts } from './streams/secret-scanning-alerts.ts';
import { teamMembers } from './streams/team-members.ts';
import { teams } from './streams/teams.ts';
import { webhooks } from './streams/webhooks.ts';
import { workflowRuns } from './streams/workflow-runs.ts';

const publicApi = 'https://api.github.com';

/** GitHub.com and GitHub Enterprise Server, read by a GitHub App or with a personal access token (classic or fine-grained). */
export const github = defineConnector({
  id: 'github',
  title: 'GitHub',
  version: 1,
  auth: {
    token: { title: 'Personal access token', secrets: z.object({ token: z.string().trim().min(1) }), ends: 'told' },
    app: { title: 'GitHub App, installed in one organization', secrets: appSecrets },
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
    /** How far back the first pass over workflow runs and commits reaches, in days. */
    historyDays: z.int().min(1).max(3650).default(90),
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
  calls: githubCalls,
  // GitHub allows 100 at once for a user, all integrations together.
  // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
  concurrency: 8,
  schedule: { defaultHours: 4, minHours: 1, maxHours: 24 },
  hosts: ({ apiUrl }) => [new URL(apiUrl ?? publicApi).hostname],
  connect({ credentials, settings }, runtime) {
    const apiUrl = (runtime.endpoint ?? settings.apiUrl ?? publicApi).replace(/\/+$/, '');
    return createGitHub(
      {
        apiUrl,
        credential:
          credentials.kind === 'app'
            ? createAppCredential(credentials, apiUrl, runtime)
            : tokenCredential(credentials.token),
        host: settings.apiUrl === undefined ? null : new URL(settings.apiUrl).hostname,
        organizations: settings.organizations,
        pullRequestDays: settings.pullRequestDays,
        historyDays: settings.historyDays,
      },
      runtime,
    );
  },
  /** The account is the set of organizations, not the user or App, so that another credential can take over. The quota is the holder's. */
  check: async (github) => {
    const holder = await holderOf(github);
    const found = await Promise.all(github.organizations.map((login) => findOrganization(github, login)));
    refuseForeign(found, holder.account);
    const endsAt = github.tokenEndsAt();
    const ids = found.map(({ id }) => id).sort((one, other) => one - other);
    return {
      account: { id: ids.join(','), title: found.map(({ login }) => login).join(', ') },
      quotaScope: github.host === null ? holder.quotaScope : `${holder.quotaScope}@${github.host}`,
      grants: grantsOf(github),
      ...(endsAt === null ? {} : { credentialExpiresAt: endsAt }),
    };
  },
  mapError,
  readQuota,
  streams: [
    branchProtections,
    codeScanningAlerts,
    collaborators,
    commitSignatures,
    dependabotAlerts,
    orgMembers,
    organizations,
    outsideCollaborators,
    pullRequests,
    repositories,
    rulesets,
    secretScanningAlerts,
    teamMembers,
    teams,
    webhooks,
    workflowRuns,
  ],
});

/** Whose quota is used, and for an App the one account that it sees. */
async function holderOf(github: GitHub) {
  const installation = await github.credential.installation();
  if (installation !== null) return { quotaScope: `installation:${installation.id}`, account: installation.account };
  return { quotaScope: `user:${(await currentUser(github)).id}`, account: null };
}

/** Public facts of any organization are told to every App, which is no reason to take them for evidence. */
function refuseForeign(found: readonly { id: number; login: string }[], account: { id: number; login: string } | null) {
  const foreign = account === null ? undefined : found.find(({ id }) => id !== account.id);
  if (foreign === undefined) return;
  const message = `The App is installed in "${account?.login}" and sees nothing of "${foreign.login}": name that organization alone, and add an integration for each installation.`;
  throw new ConnectorError('configuration_error', message);
}

function grantsOf(github: GitHub): readonly string[] {
  const grant = github.credential.grant();
  if (grant === null) return github.scopes()?.toSorted() ?? ['fine-grained']; // which is not told what it may do
  const permissions = Object.entries(grant.permissions).map(([name, level]) => `${name}=${level}`);
  return [...permissions, `repositories=${grant.repositories}`].sort();
}

async function findOrganization(github: GitHub, login: string) {
  try {
    return await github.organization(login);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'not_found') throw error;
    const message = `There is no organization "${login}" that this credential can see: correct the settings or the credential.`;
    throw new ConnectorError('configuration_error', message, { cause: error });
  }
}
