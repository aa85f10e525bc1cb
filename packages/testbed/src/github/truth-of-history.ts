import { rulesetCreatedAt, rulesetName } from './bodies/ruleset-body.ts';
import { ruleDescription } from './bodies/scanning-body.ts';
import { type Named, sorted, type TrueEvidence } from './truth-of-repository.ts';
import type { WorldOrganization, WorldRepository, WorldRuleset } from './world.ts';

/** Commits, runs that have ended, and alerts of one repository. */
export function truthOfHistory(
  repository: WorldRepository,
  { named, logins }: { readonly named: Named; readonly logins: ReadonlyMap<number, string> },
): TrueEvidence[] {
  const { repoId } = named;
  const ended = repository.workflowRuns.filter(({ status }) => status === 'completed');
  return [
    ...repository.commits.map(({ sha, authorId, committedAt, verified, reason }) => ({
      type: 'github.commit_signature',
      key: [repoId, sha],
      material: {
        ...named,
        ...{ branch: repository.defaultBranch, sha, authorId, committedAt, verified, reason },
        authorLogin: authorId === null ? null : logins.get(authorId),
        committerId: authorId,
      },
    })),
    ...ended.map(({ id: runId, status: _ended, updatedAt: _moves, ...run }) => ({
      type: 'github.workflow_run',
      key: [repoId, runId],
      material: {
        ...named,
        ...run,
        ...{ runId, path: '.github/workflows/build.yml', name: 'Build', branch: repository.defaultBranch },
        startedAt: run.createdAt,
      },
    })),
    ...repository.codeAlerts.map((alert) => {
      const { updatedAt: _moves, ...material } = { ...alert, tool: 'CodeQL', rule: ruleDescription(alert) };
      return { type: 'github.code_scanning_alert', key: [repoId, alert.number], material: { ...named, ...material } };
    }),
    ...repository.secretAlerts.map(({ updatedAt: _moves, secret: _never, ...alert }) => ({
      type: 'github.secret_scanning_alert',
      key: [repoId, alert.number],
      material: { ...named, ...alert, publiclyLeaked: false, pushProtectionBypassed: false },
    })),
  ];
}

/** Every ruleset once, whatever number of repositories it applies to. */
export function truthOfRulesets(organization: WorldOrganization): TrueEvidence[] {
  const found = new Map<number, TrueEvidence>();
  for (const repository of organization.repositories) {
    for (const ruleset of repository.rulesets) found.set(ruleset.id, truthOfRuleset(organization, repository, ruleset));
  }
  return [...found.values()];
}

function truthOfRuleset(organization: WorldOrganization, { id, name }: WorldRepository, ruleset: WorldRuleset) {
  const isOwn = ruleset.source === 'Repository';
  const rules = [
    ...(ruleset.forbidsDeletions ? ['deletion'] : []),
    ...(ruleset.forbidsForcePushes ? ['non_fast_forward'] : []),
    ...(ruleset.signatures ? ['required_signatures'] : []),
    ...(ruleset.approvals === null ? [] : ['pull_request']),
    ...(ruleset.checks.length === 0 ? [] : ['required_status_checks']),
  ];
  return {
    type: 'github.ruleset',
    key: [ruleset.id],
    material: {
      orgId: organization.id,
      rulesetId: ruleset.id,
      level: isOwn ? 'repository' : 'organization',
      repoId: isOwn ? id : null,
      repository: isOwn ? `${organization.login}/${name}` : null,
      name: rulesetName(ruleset),
      target: 'branch',
      enforcement: 'active',
      rules: sorted(rules),
      requiredApprovals: ruleset.approvals,
      requiredChecks: sorted(ruleset.checks),
      includedRefs: ['~DEFAULT_BRANCH'],
      excludedRefs: [],
      bypassActors: ['RepositoryRole:5:always'],
      createdAt: rulesetCreatedAt,
    },
  };
}
