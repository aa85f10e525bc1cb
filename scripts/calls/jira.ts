import type { Counts } from '@evidence-fleet/connector-sdk';
import { connectors } from '@evidence-fleet/connectors';
import {
  generateJiraWorld,
  type JiraWorld,
  type JiraWorldSize,
  jiraTruth,
  startJira,
  type TrueEvidence,
} from '@evidence-fleet/testbed';
import { arrivalsOf, countEach, countOf, type Provider, type Scale } from './provider.ts';

const sizes: Record<Scale, JiraWorldSize> = {
  large: { users: 2_000, groups: 60, projects: 80, permissionSchemes: 20, issues: 5_000, auditRecords: 3_000 },
  small: { users: 20, groups: 5, projects: 5, permissionSchemes: 3, issues: 60, auditRecords: 30 },
};
const purposes = { change: 'type = Change', security: 'type = Bug AND labels = security' };

export async function openJira(scale: Scale): Promise<Provider> {
  const size = sizes[scale];
  const world = generateJiraWorld({ seed: 3, ...size });
  const jira = await startJira(world);
  const truth = jiraTruth(world, purposes);
  const [token] = world.tokens;
  return {
    connector: 'jira',
    size: `${size.issues} issues, ${size.users} accounts, ${size.projects} projects`,
    quotaFactor: 1,
    integration: {
      kind: 'api_token',
      secrets: { email: token?.email, token: token?.secret },
      settings: { siteUrl: world.siteUrl, issues: purposes },
      endpoint: jira.url,
    },
    counts: countsOf(world, truth),
    truth,
    requests: jira.requests,
    arrivals: () => arrivalsOf(connectors.get('jira'), jira),
    close: () => jira.close(),
  };
}

function countsOf({ projects }: JiraWorld, truth: readonly TrueEvidence[]): Counts {
  const present = projects.filter(({ status }) => status !== 'deleted');
  const issues = countOf(truth, 'jira.issue');
  return {
    accounts: countOf(truth, 'jira.user'),
    groups: countOf(truth, 'jira.group'),
    'members of a group': countEach(truth, 'jira.group', 'jira.group_member'),
    projects: projects.length,
    'projects not deleted': present.length,
    'project roles': present.flatMap(({ roles }) => roles).length,
    purposes: Object.keys(purposes).length,
    'issues of a purpose': Object.keys(purposes).map(
      (purpose) => truth.filter(({ type, key }) => type === 'jira.issue_purpose' && key[0] === purpose).length,
    ),
    issues,
    'changes of a page of issues': changesByPage(truth),
    'questions for purposes': Math.ceil(issues / 100),
    'audit records': countOf(truth, 'jira.audit_record'),
  };
}

/** The oldest issues come first. */
function changesByPage(truth: readonly TrueEvidence[]): number[] {
  const ids = truth
    .filter(({ type }) => type === 'jira.issue')
    .toSorted((one, other) => (String(one.material.created) < String(other.material.created) ? -1 : 1))
    .map(({ key }) => key[0]);
  const pages = Array.from({ length: Math.ceil(ids.length / 1_000) }, (_, page) => {
    return new Set(ids.slice(page * 1_000, (page + 1) * 1_000));
  });
  const changes = truth.filter(({ type }) => type === 'jira.issue_change');
  return pages.map((page) => changes.filter(({ key }) => page.has(key[0])).length);
}
