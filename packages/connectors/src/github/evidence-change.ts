import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** How changes come about: rules they must keep, checks they ran through, and whose signature they carry. */
const id = z.int().positive();
const when = z.iso.datetime();

export const ruleset = defineEvidence({
  name: 'github.ruleset',
  title: 'Rulesets of repositories, and those of the organization that apply to them',
  version: 1,
  mode: 'snapshot',
  key: ['rulesetId'],
  schema: z.object({
    orgId: id,
    rulesetId: id,
    /** Where it is set: repository, organization or enterprise. */
    level: z.enum(['repository', 'organization', 'enterprise']),
    /** null: a ruleset of the organization or the enterprise. */
    repoId: id.nullable(),
    repository: z.string().nullable(),
    name: z.string(),
    /** What it applies to: branch, tag, push or repository. */
    target: z.string().nullable(),
    /** `evaluate` and `disabled` hold nobody up. */
    enforcement: z.enum(['active', 'evaluate', 'disabled']),
    /** The kinds of its rules, e.g. `pull_request`, `non_fast_forward`. */
    rules: z.array(z.string()),
    /** Approving reviews that its rule about pull requests asks for; null: it has no such rule. */
    requiredApprovals: z.int().nonnegative().nullable(),
    requiredChecks: z.array(z.string()),
    /** Branches or tags that it applies to, as patterns. */
    includedRefs: z.array(z.string()),
    /** Branches or tags that it does not apply to, as patterns. */
    excludedRefs: z.array(z.string()),
    /** `<kind>:<id>:<when>`, e.g. `Team:7:always`; null: told to whoever may edit the ruleset only. */
    bypassActors: z.array(z.string()).nullable(),
    createdAt: when.nullable(),
    updatedAt: when.nullable(),
  }),
  observed: ['updatedAt'],
  unordered: ['rules', 'requiredChecks', 'includedRefs', 'excludedRefs'],
});

export const workflowRun = defineEvidence({
  name: 'github.workflow_run',
  title: 'Runs of workflows that have ended, and how',
  version: 1,
  mode: 'incremental',
  key: ['repoId', 'runId'],
  cursor: 'readAt',
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    runId: id,
    workflowId: id,
    /** The file of the workflow, e.g. `.github/workflows/build.yml`. */
    path: z.string(),
    name: z.string().nullable(),
    /** What started it, e.g. `push`. */
    event: z.string(),
    branch: z.string().nullable(),
    headSha: z.string(),
    /** How the last attempt ended; an earlier attempt is an earlier version of the evidence. */
    conclusion: z.string(),
    /** How often it was run. */
    attempt: z.int().nullable(),
    /** Who caused the first attempt. */
    actorId: id.nullable(),
    createdAt: when,
    startedAt: when.nullable(),
    /** When the pass that read it began, by GitHub's clock. */
    readAt: when,
  }),
  observed: ['readAt'],
});

export const commitSignature = defineEvidence({
  name: 'github.commit_signature',
  title: 'Commits of default branches and whether GitHub verified their signature',
  version: 1,
  mode: 'incremental',
  key: ['repoId', 'sha'],
  cursor: 'readAt',
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    branch: z.string(),
    sha: z.string(),
    /** null: the address of the commit belongs to no account. */
    authorId: id.nullable(),
    authorLogin: z.string().nullable(),
    committerId: id.nullable(),
    /** As the committer's machine had it. */
    committedAt: z.string(),
    /** GitHub could verify it, by a key or certificate that it knows. */
    verified: z.boolean(),
    /** Why, or why not: `valid`, `unsigned`, `unknown_key` and others. */
    reason: z.string(),
    /** When the pass that read it began, by GitHub's clock. */
    readAt: when,
  }),
  observed: ['readAt'],
});
