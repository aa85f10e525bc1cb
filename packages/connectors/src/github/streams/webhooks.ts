import { Gap, nullIf, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Repository } from '../answers.ts';
import { Webhook } from '../answers-access.ts';
import type { GitHub, Parameters } from '../client.ts';
import { countedList } from '../counted-list.ts';
import { ofEachRepository } from '../each-repository.ts';
import { webhook } from '../evidence-access.ts';
import { organizationOf, organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';

type WebhookRow = z.input<typeof webhook.schema>;
type Place = Pick<WebhookRow, 'orgId' | 'repoId' | 'repository'>;

export const webhooks = stream(
  webhook,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.webhook'),
    docs: [
      'https://docs.github.com/en/rest/orgs/webhooks#list-organization-webhooks',
      'https://docs.github.com/en/rest/repos/webhooks#list-repository-webhooks',
    ],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOf: 'webhooks of the organization', size: 100 },
        { pagesOfEach: 'webhooks of a repository', size: 100 },
      ],
      proves: [2, { of: 'repositories' }],
    },
    async probe(github: GitHub, lastKnown, { slice }) {
      // Whoever may list the webhooks is told plainly which there are: these 404 are an answer, but that of the repository is none.
      const { orgId, repoId, repository, hookId } = lastKnown;
      if (repoId === null) {
        const { login } = await organizationOf(github, slice);
        const route = 'GET /orgs/{org}/hooks/{hook_id}';
        const hook = await github.get(route, { org: login, hook_id: hookId }, Webhook).catch(nullIf('not_found'));
        return hook && toRow({ orgId, repoId, repository }, hook);
      }
      const repo = await github.get('GET /repositories/{id}', { id: repoId }, Repository);
      if (repo.owner.id !== orgId) return null; // it was moved to another owner
      const place = { owner: repo.owner.login, repo: repo.name, hook_id: hookId };
      const route = 'GET /repos/{owner}/{repo}/hooks/{hook_id}';
      const hook = await github.get(route, place, Webhook).catch(nullIf('not_found'));
      return hook && toRow({ orgId, repoId, repository: repo.full_name }, hook);
    },
  },
  (github: GitHub, context) =>
    ofEachRepository(github, context, {
      ofOrganization: ({ id, login }) =>
        hooksAt(github, 'GET /orgs/{org}/hooks', {
          parameters: { org: login },
          scope: `organization:${id}`,
          place: { orgId: id, repoId: null, repository: null },
        }),
      ofRepository: (repo) =>
        hooksAt(github, 'GET /repos/{owner}/{repo}/hooks', {
          parameters: { owner: repo.owner.login, repo: repo.name },
          scope: `repository:${repo.id}`,
          place: { orgId: repo.owner.id, repoId: repo.id, repository: repo.full_name },
        }),
    }),
);

async function* hooksAt(
  github: GitHub,
  route: string,
  { parameters, scope, place }: { readonly parameters: Parameters; readonly scope: string; readonly place: Place },
): AsyncGenerator<WebhookRow | Gap> {
  const listing = { route, parameters, scope, item: Webhook, what: 'webhooks', idOf: ({ id }: { id: number }) => id };
  for await (const one of countedList(github, listing)) yield one instanceof Gap ? one : toRow(place, one);
}

function toRow(place: Place, { id, active, events, config, ...hook }: z.output<typeof Webhook>): WebhookRow {
  const url = URL.parse(config.url ?? '');
  return {
    ...place,
    hookId: id,
    active,
    events,
    host: url?.host || null,
    encrypted: url?.protocol === 'https:',
    hasSecret: config.secret,
    verifiesCertificate: String(config.insecure_ssl ?? '0') === '0',
    createdAt: hook.created_at,
    updatedAt: hook.updated_at,
  };
}
