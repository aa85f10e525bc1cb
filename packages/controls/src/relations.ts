import type { ConnectorId, EvidenceName } from '@evidence-fleet/connectors';

/** Whose an account is, by the directory: what became of that person. */
export type Person =
  /** Can sign in there. */
  | 'active'
  /** Was deactivated, or deleted after that. */
  | 'gone'
  /** The organization says that the account is no person's. */
  | 'nobody'
  /** No assignment of the directory and no entry of the organization's map names the account. */
  | 'unmatched'
  /** Several people are named for it. */
  | 'ambiguous';

/** Whether the title of a change names an issue that is kept for changes. */
type ChangeIssue = 'named' | 'none';

/** An alert that an issue mentions, or for how many whole days (UTC, 400 at most) it has been there without one. */
export type Ticket = { readonly isTicketed: true } | { readonly isTicketed: false; readonly ageDays: number };

/** What other evidence of the organization tells of a resource, by the name of the relation. How it is found: packages/db/src/judgement/relations.ts. */
export interface Relations {
  readonly person: Person;
  readonly changeIssue: ChangeIssue;
  readonly ticket: Ticket;
}

export type RelationName = keyof Relations;

/** Where a relation comes from. */
export interface Relation<Name extends RelationName = RelationName> {
  readonly name: Name;
  /** For people, after "joined for". */
  readonly title: string;
  /** Of the integrations that tell it: an organization without one is not judged by it. */
  readonly connector: ConnectorId;
  /** All of it has to be read to its end, or nothing is known of any resource. */
  readonly evidence: readonly EvidenceName[];
  /** The setting without which such an integration does not tell it. */
  readonly requires?: readonly string[];
  /** From what the database answers. */
  parse(text: string): Relations[Name];
}

export const relations: { readonly [Name in RelationName]: Relation<Name> } = {
  person: {
    name: 'person',
    title: 'whose each account is',
    connector: 'okta',
    evidence: ['okta.user', 'okta.app', 'okta.app_user'],
    parse: (text) => text as Person,
  },
  changeIssue: {
    name: 'changeIssue',
    title: 'which issues are kept for changes',
    connector: 'jira',
    evidence: ['jira.issue'],
    requires: ['issues', 'change'],
    parse: (text) => text as ChangeIssue,
  },
  ticket: {
    name: 'ticket',
    title: 'which alerts an issue mentions',
    connector: 'jira',
    evidence: ['jira.issue'],
    parse: (text) => (text === 'ticketed' ? { isTicketed: true } : { isTicketed: false, ageDays: Number(text) }),
  },
};
