import { defineEvidence } from '@evidence-fleet/connector-sdk';
import { z } from 'zod';

/** Who may do what: teams, people from outside, effective permissions, and the addresses that events are sent to. */
const id = z.int().positive();
const when = z.iso.datetime();
const told = z.boolean().nullable();

export const team = defineEvidence({
  name: 'github.team',
  title: 'Teams of an organization',
  version: 1,
  mode: 'snapshot',
  key: ['orgId', 'teamId'],
  schema: z.object({
    orgId: id,
    teamId: id,
    slug: z.string(),
    name: z.string(),
    /** closed: every member sees it; secret: its members and owners only. */
    privacy: z.string().nullable(),
    /** null: the team has no parent. */
    parentId: id.nullable(),
  }),
});

export const teamMember = defineEvidence({
  name: 'github.team_member',
  title: 'Members of teams and their role there, those of child teams included',
  version: 1,
  mode: 'snapshot',
  key: ['teamId', 'userId'],
  schema: z.object({
    orgId: id,
    teamId: id,
    team: z.string(),
    userId: id,
    login: z.string(),
    /** maintainer: may change the team. */
    role: z.enum(['maintainer', 'member']),
  }),
});

export const outsideCollaborator = defineEvidence({
  name: 'github.outside_collaborator',
  title: 'People who are no members and may use a repository, and their second factor',
  version: 1,
  mode: 'snapshot',
  key: ['orgId', 'userId'],
  schema: z.object({
    orgId: id,
    userId: id,
    login: z.string(),
    /** null: only an owner's credential is told who has no second factor. */
    twoFactor: told,
  }),
});

export const collaborator = defineEvidence({
  name: 'github.collaborator',
  title: 'Who may do what with a repository, all grants together',
  version: 1,
  mode: 'snapshot',
  key: ['repoId', 'userId'],
  schema: z.object({
    orgId: id,
    repoId: id,
    repository: z.string(),
    userId: id,
    login: z.string(),
    /** The highest role after all grants: read, triage, write, maintain, admin, or the name of a custom one. */
    role: z.string(),
  }),
});

export const webhook = defineEvidence({
  name: 'github.webhook',
  title: 'Webhooks of an organization and its repositories: where events are sent',
  version: 1,
  mode: 'snapshot',
  key: ['hookId'],
  schema: z.object({
    orgId: id,
    /** null: a webhook of the organization. */
    repoId: id.nullable(),
    repository: z.string().nullable(),
    hookId: id,
    /** Events are sent. */
    active: z.boolean(),
    /** Of which kinds; `*`: all. */
    events: z.array(z.string()),
    /** Only the host: the rest of such an address is often a secret. null: there is no address, or it is none. */
    host: z.string().nullable(),
    /** The address begins with https. */
    encrypted: z.boolean(),
    /** Deliveries are signed with a secret, which is never read. */
    hasSecret: z.boolean(),
    /** The certificate of the host is checked. */
    verifiesCertificate: z.boolean(),
    createdAt: when,
    updatedAt: when,
  }),
  observed: ['updatedAt'],
  unordered: ['events'],
});
