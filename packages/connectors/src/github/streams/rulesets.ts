import { ConnectorError, each, Gap, nullIf, stream } from '@evidence-fleet/connector-sdk';
import type { z } from 'zod';
import { Repository } from '../answers.ts';
import { Ruleset, RulesetSummary } from '../answers-change.ts';
import type { GitHub } from '../client.ts';
import { countedList } from '../counted-list.ts';
import { ofEachRepository } from '../each-repository.ts';
import { ruleset } from '../evidence-change.ts';
import { organizationSlices } from '../organizations.ts';
import { permissionsOf } from '../permissions.ts';
import type { RepositoryAnswer } from './effective-protection.ts';

type RulesetRow = z.input<typeof ruleset.schema>;

/**
 * Those of an organization are read through the repositories that they apply to: the organization's own list asks an App for the permission
 * to change them.
 */
export const rulesets = stream(
  ruleset,
  {
    slices: organizationSlices,
    permissions: permissionsOf('github.ruleset'),
    docs: [
      'https://docs.github.com/en/rest/repos/rules#get-all-repository-rulesets',
      'https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset',
    ],
    calls: {
      reads: [
        { pagesOf: 'repositories', size: 100 },
        { pagesOfEach: 'rulesets of a repository', size: 100 },
        { of: 'rulesets' },
      ],
      proves: [1, { of: 'repositories' }],
    },
    async probe(github: GitHub, lastKnown) {
      if (lastKnown.repoId === null)
        throw new ConnectorError('not_found', 'A ruleset of the organization is read through its repositories only.');
      const repo = await github.get('GET /repositories/{id}', { id: lastKnown.repoId }, Repository);
      if (repo.owner.id !== lastKnown.orgId) return null; // it was moved to another owner
      // Whoever may read the repository is told plainly which rulesets it has: this 404 is an answer.
      return readRuleset(github, repo, lastKnown.rulesetId).catch(nullIf('not_found'));
    },
  },
  (github: GitHub, context) => {
    const read = new Set<number>();
    return ofEachRepository<RulesetRow>(github, context, {
      async *ofRepository(repo) {
        const summaries = await Array.fromAsync(listRulesets(github, repo)).catch(
          nullIf('permission_denied', /^upgrade_required /), // the plan knows no rulesets
        );
        for (const one of summaries ?? []) if (one instanceof Gap) yield one;
        yield* each(
          (summaries ?? []).flatMap((one) => (one instanceof Gap ? [] : [one])),
          ({ id }) => ({ scope: `ruleset:${id}`, key: [id] }),
          async function* ({ id }) {
            if (read.has(id)) return; // of the organization, read with another repository
            read.add(id);
            yield await readRuleset(github, repo, id).catch((error: unknown) => {
              read.delete(id); // where it applies to another repository, too, that one may tell it
              throw error;
            });
          },
        );
      },
      // One of the organization may be read again after a checkpoint; only those of a repository are sure to count once.
      isCounted: ({ level }) => level === 'repository',
    });
  },
);

function listRulesets(github: GitHub, repo: RepositoryAnswer) {
  return countedList(github, {
    route: 'GET /repos/{owner}/{repo}/rulesets',
    parameters: { owner: repo.owner.login, repo: repo.name, includes_parents: 'true' },
    item: RulesetSummary,
    what: 'rulesets',
    scope: `repository:${repo.id}`,
    idOf: ({ id }) => id,
  });
}

async function readRuleset(github: GitHub, repo: RepositoryAnswer, rulesetId: number): Promise<RulesetRow> {
  const place = { owner: repo.owner.login, repo: repo.name, ruleset_id: rulesetId };
  return toRow(repo, await github.get('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', place, Ruleset));
}

const levels = { Repository: 'repository', Organization: 'organization', Enterprise: 'enterprise' } as const;

function toRow(repo: RepositoryAnswer, answer: z.output<typeof Ruleset>): RulesetRow {
  const level = levels[answer.source_type];
  const parameters = answer.rules.map((rule) => rule.parameters ?? {});
  const approvals = parameters.flatMap((one) => one.required_approving_review_count ?? []);
  return {
    orgId: repo.owner.id,
    rulesetId: answer.id,
    level,
    repoId: level === 'repository' ? repo.id : null,
    repository: level === 'repository' ? repo.full_name : null,
    name: answer.name,
    target: answer.target ?? null,
    enforcement: answer.enforcement,
    rules: answer.rules.map(({ type }) => type),
    requiredApprovals: approvals.length === 0 ? null : Math.max(...approvals),
    requiredChecks: parameters.flatMap((one) => one.required_status_checks ?? []).map(({ context }) => context),
    includedRefs: answer.conditions?.ref_name?.include ?? [],
    excludedRefs: answer.conditions?.ref_name?.exclude ?? [],
    bypassActors:
      answer.bypass_actors
        ?.map(({ actor_type, actor_id, bypass_mode }) => `${actor_type}:${actor_id ?? ''}:${bypass_mode}`)
        .sort() ?? null,
    createdAt: inUtc(answer.created_at),
    updatedAt: inUtc(answer.updated_at),
  };
}

/** GitHub writes these with an offset and milliseconds, or without. */
function inUtc(time: string | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
