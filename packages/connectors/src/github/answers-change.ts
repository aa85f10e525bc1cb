import { z } from 'zod';
import { User } from './answers.ts';

/** The parts of GitHub's answers about changes and alerts that the streams read. https://docs.github.com/en/rest?apiVersion=2022-11-28 */
const id = z.int().positive();
const InRepository = z.object({ id, full_name: z.string() });

export const RulesetSummary = z.object({ id, source_type: z.enum(['Repository', 'Organization', 'Enterprise']) });

export const Ruleset = RulesetSummary.extend({
  name: z.string(),
  target: z.string().optional(),
  enforcement: z.enum(['active', 'evaluate', 'disabled']),
  // Nobody is told a ruleset without its rules, so that a summary is not taken for a ruleset that has none.
  rules: z.array(
    z.object({
      type: z.string(),
      parameters: z
        .object({
          required_approving_review_count: z.int(),
          required_status_checks: z.array(z.object({ context: z.string() })),
        })
        .partial()
        .optional(),
    }),
  ),
  conditions: z
    .object({
      ref_name: z
        .object({ include: z.array(z.string()), exclude: z.array(z.string()) })
        .partial()
        .optional(),
    })
    .nullish(),
  bypass_actors: z
    .array(z.object({ actor_id: z.int().nullish(), actor_type: z.string(), bypass_mode: z.string().default('always') }))
    .optional(),
  created_at: z.iso.datetime({ offset: true }).optional(),
  updated_at: z.iso.datetime({ offset: true }).optional(),
});

export const WorkflowRun = z.object({
  id,
  workflow_id: id,
  path: z.string(),
  name: z.string().nullish(),
  event: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
  run_attempt: z.int().optional(),
  actor: z.object({ id }).nullish(),
  created_at: z.string(),
  run_started_at: z.string().optional(),
});

/** An account that GitHub cannot name is null, or an object without anything in it. */
const account = z.union([User, z.strictObject({}).transform(() => null)]).nullable();

export const Commit = z.object({
  sha: z.string(),
  commit: z.object({
    committer: z.object({ date: z.string() }),
    verification: z.object({ verified: z.boolean(), reason: z.string() }),
  }),
  author: account,
  committer: account,
});

export const CodeScanningAlert = z.object({
  number: id,
  state: z.enum(['open', 'dismissed', 'fixed']).nullable(),
  rule: z.object({
    id: z.string().nullish(),
    description: z.string().optional(),
    security_severity_level: z.enum(['low', 'medium', 'high', 'critical']).nullish(),
  }),
  tool: z.object({ name: z.string().optional() }),
  most_recent_instance: z.object({ location: z.object({ path: z.string().optional() }).optional() }),
  repository: InRepository,
  created_at: z.string(),
  updated_at: z.string().optional(),
  fixed_at: z.string().nullish(),
  dismissed_at: z.string().nullable(),
  dismissed_reason: z.string().nullable(),
});

/** Without the field `secret`: it is never asked for, and would be dropped here. */
export const SecretScanningAlert = z.object({
  number: id,
  state: z.enum(['open', 'resolved']),
  secret_type: z.string(),
  resolution: z.string().nullish(),
  resolved_at: z.string().nullish(),
  validity: z.enum(['active', 'inactive', 'unknown']).nullish(),
  publicly_leaked: z.boolean().nullish(),
  push_protection_bypassed: z.boolean().nullish(),
  repository: InRepository,
  created_at: z.string(),
  updated_at: z.string().nullish(),
});
