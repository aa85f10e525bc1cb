/**
 * The ground truth behind the Jira simulator: what exists, who may see it, and what is refused. Mutable on purpose: a test changes it
 * and syncs again. Times are ISO 8601 in milliseconds, UTC.
 */
export interface JiraWorld {
  readonly cloudId: string;
  readonly siteUrl: string;
  /** Moves with every release. */
  buildNumber: number;
  readonly tokens: WorldJiraToken[];
  users: WorldJiraUser[];
  groups: WorldJiraGroup[];
  projects: WorldProject[];
  permissionSchemes: WorldPermissionScheme[];
  issues: WorldIssue[];
  auditRecords: WorldAuditRecord[];
}

interface WorldJiraToken {
  readonly email: string;
  readonly secret: string;
  readonly accountId: string;
}

export interface WorldJiraUser {
  readonly accountId: string;
  accountType: 'atlassian' | 'app' | 'customer';
  active: boolean;
  displayName: string;
  /** In which JQL of this user is read. */
  timeZone: string;
  globalPermissions: ('ADMINISTER' | 'USER_PICKER')[];
  /** Missing from the listing though it exists. */
  unlisted: boolean;
}

export interface WorldJiraGroup {
  readonly groupId: string;
  name: string;
  memberIds: string[];
}

export interface WorldProject {
  readonly id: string;
  key: string;
  name: string;
  type: 'software' | 'service_desk' | 'business';
  style: 'classic' | 'next-gen';
  isPrivate: boolean;
  status: 'live' | 'archived' | 'deleted';
  leadId: string;
  /** Accounts that may not browse it. */
  hiddenFrom: string[];
  roles: WorldProjectRole[];
}

export interface WorldProjectRole {
  readonly id: number;
  name: string;
  actors: ({ readonly userId: string } | { readonly groupId: string })[];
}

export interface WorldPermissionScheme {
  readonly id: number;
  name: string;
  grants: { permission: string; holderType: 'group' | 'projectRole' | 'anyone'; holder: string | null }[];
}

export interface WorldIssue {
  readonly id: string;
  key: string;
  projectId: string;
  type: 'Bug' | 'Task' | 'Change';
  status: WorldStatus;
  priority: 'High' | 'Low' | null;
  labels: string[];
  createdAt: string;
  updatedAt: string;
  resolution: 'Fixed' | null;
  resolvedAt: string | null;
  dueDate: string | null;
  assigneeId: string | null;
  reporterId: string;
  summary: string;
  /** A line each of its description. */
  description: string[];
  changes: WorldChange[];
}

export type WorldStatus = 'To Do' | 'In Progress' | 'Done';

export interface WorldChange {
  readonly id: string;
  readonly at: string;
  readonly authorId: string;
  readonly from: WorldStatus;
  readonly to: WorldStatus;
}

export interface WorldAuditRecord {
  readonly id: number;
  readonly createdAt: string;
  readonly summary: string;
  readonly authorId: string;
  readonly objectId: string;
}

/** Whether the account may browse the project. */
export function mayBrowse({ hiddenFrom }: WorldProject, accountId: string): boolean {
  return !hiddenFrom.includes(accountId);
}
