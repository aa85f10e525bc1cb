import type { Call } from '../routing.ts';
import type { WorldRuleset } from '../world.ts';
import type { Place } from './history-body.ts';
import { ruleBodies } from './protection-body.ts';
import { nodeId } from './user-body.ts';

/** `repository-ruleset` as lists have it: without its rules. */
export function rulesetSummaryBody({ apiUrl }: Call, { organization, repository }: Place, ruleset: WorldRuleset) {
  const path = `${organization.login}/${repository.name}`;
  const source = ruleset.source === 'Organization' ? organization.login : path;
  return {
    id: ruleset.id,
    name: rulesetName(ruleset),
    target: 'branch',
    source_type: ruleset.source,
    source,
    enforcement: 'active',
    node_id: nodeId('RRS', ruleset.id),
    _links: { self: { href: `${apiUrl}/repos/${path}/rulesets/${ruleset.id}` } },
    created_at: rulesetCreatedAt,
    updated_at: rulesetCreatedAt,
  };
}

/** `repository-ruleset`, one alone. */
export function rulesetBody(call: Call, place: Place, ruleset: WorldRuleset) {
  const rules = ruleBodies(ruleset, place.organization, place.repository);
  return {
    ...rulesetSummaryBody(call, place, ruleset),
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
    rules: rules.map((rule) =>
      'parameters' in rule ? { type: rule.type, parameters: rule.parameters } : { type: rule.type },
    ),
  };
}

export const rulesetCreatedAt = '2024-05-01T09:00:00.000Z';

export function rulesetName({ id }: WorldRuleset): string {
  return `Ruleset ${id}`;
}
