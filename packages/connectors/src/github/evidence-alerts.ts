import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** What GitHub's own analyses found. */
const id = z.int().positive();
const when = z.iso.datetime();

export const codeScanningAlert = defineEvidence({
  name: 'github.code_scanning_alert',
  title: 'Weaknesses in the code of default branches, open, fixed and dismissed',
  version: 1,
  mode: 'snapshot',
  key: ['repoId', 'number'],
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    number: id,
    /** null: GitHub does not say. */
    state: z.enum(['open', 'dismissed', 'fixed']).nullable(),
    /** The analysis that found it, e.g. `CodeQL`. */
    tool: z.string().nullable(),
    /** The rule of the tool. */
    ruleId: z.string().nullable(),
    /** What the rule is about, in the words of the tool. */
    rule: z.string().nullable(),
    /** null: the rule is not about security. */
    securitySeverity: z.enum(['low', 'medium', 'high', 'critical']).nullable(),
    /** The file in which it was found. */
    path: z.string().nullable(),
    createdAt: when,
    fixedAt: when.nullable(),
    dismissedAt: when.nullable(),
    /** As the person who dismissed it chose, e.g. `false positive`. */
    dismissedReason: z.string().nullable(),
    updatedAt: when.nullable(),
  }),
  observed: ['updatedAt'],
});

export const secretScanningAlert = defineEvidence({
  name: 'github.secret_scanning_alert',
  title: 'Secrets found in repositories, without the secrets',
  version: 1,
  mode: 'snapshot',
  key: ['repoId', 'number'],
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    number: id,
    state: z.enum(['open', 'resolved']),
    /** What kind of secret it is, e.g. `aws_access_key_id`. */
    secretType: z.string(),
    /** As the person who closed it chose, e.g. `revoked`; null: it is open. */
    resolution: z.string().nullable(),
    resolvedAt: when.nullable(),
    /** active: whoever issued the secret says that it still works. null: GitHub does not say. */
    validity: z.enum(['active', 'inactive', 'unknown']).nullable(),
    /** GitHub has found it in public, too. */
    publiclyLeaked: z.boolean().nullable(),
    /** Somebody pushed it though GitHub refused at first. */
    pushProtectionBypassed: z.boolean().nullable(),
    createdAt: when,
    updatedAt: when.nullable(),
  }),
  observed: ['updatedAt'],
});
