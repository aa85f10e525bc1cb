import { createRandom } from '../github/random.ts';
import { generateIssues } from './generate-issues.ts';
import type { Means } from './means.ts';
import type { JiraWorld, WorldJiraGroup, WorldJiraUser, WorldProject } from './world.ts';
import type { JiraWorldSize } from './world-size.ts';

/**
 * A deterministic site. The first user administers it; the second holds no global permission and may not browse every project. Each has a
 * token.
 */
export function generateJiraWorld(size: JiraWorldSize = {}): JiraWorld {
  const { seed = 1, users = 12, groups = 4, projects = 4, permissionSchemes = 3 } = size;
  const { auditRecords = 20, timeZone = 'Europe/Berlin', now = new Date() } = size;
  const random = createRandom(seed);
  const pad = (number: number, length: number) => String(number).padStart(length, '0');
  const means: Means = {
    random,
    uuid: (kind, number) => `${pad(seed, 8)}-${pad(kind, 4)}-4000-8000-${pad(number, 12)}`,
    ago: (hours) => new Date(now.getTime() - hours * 3_600_000).toISOString(),
  };
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const people = range(Math.max(2, users)).map((number) => person(number, timeZone, means));
  const groupList = range(groups).map((number) => groupOf(number, people, means));
  const projectList = range(projects).map((number) => projectOf(number, people, groupList, means));
  const [owner, narrow] = people;
  return {
    cloudId: means.uuid(9, 1),
    siteUrl: 'https://acme.atlassian.net',
    buildNumber: 100_200,
    tokens: [owner, narrow].flatMap((one, number) =>
      one === undefined
        ? []
        : [
            {
              email: `person-${number}@example.com`,
              secret: `ATATT-${seed}-${number}-${random.hex(24)}`,
              accountId: one.accountId,
            },
          ],
    ),
    users: people,
    groups: groupList,
    projects: projectList,
    permissionSchemes: range(permissionSchemes).map((number) => ({
      id: 10_000 + number,
      name: `Scheme ${number}`,
      grants: [
        { permission: 'ADMINISTER_PROJECTS', holderType: 'projectRole', holder: '10002' },
        { permission: 'BROWSE_PROJECTS', holderType: 'group', holder: groupList[0]?.groupId ?? '' },
        ...(number === 0 ? [{ permission: 'BROWSE_PROJECTS', holderType: 'anyone' as const, holder: null }] : []),
      ],
    })),
    issues: generateIssues(size, { people, projects: projectList }, means),
    auditRecords: range(auditRecords).map((number) => ({
      id: 500 + number,
      createdAt: means.ago(1 + (auditRecords - number) * 0.5),
      summary: random.pick(['User added to group', 'Permission scheme updated', 'Project created']),
      authorId: owner?.accountId ?? '',
      objectId: groupList[0]?.groupId ?? '',
    })),
  };
}

function person(number: number, timeZone: string, { random, uuid }: Means): WorldJiraUser {
  return {
    accountId: `712020:${uuid(1, number)}`,
    accountType: number < 2 || random.chance(0.8) ? 'atlassian' : random.pick(['app', 'customer']),
    active: number < 2 || random.chance(0.8),
    displayName: `Person ${number}`,
    timeZone,
    globalPermissions: number === 0 ? ['ADMINISTER', 'USER_PICKER'] : [],
    unlisted: false,
  };
}

function groupOf(number: number, people: readonly WorldJiraUser[], { random, uuid }: Means): WorldJiraGroup {
  const chance = number === 0 ? 1 : Math.min(0.6, 20 / people.length);
  const members = people.filter(() => random.chance(chance));
  return { groupId: uuid(2, number), name: `group-${number}`, memberIds: members.map(({ accountId }) => accountId) };
}

function projectOf(
  number: number,
  people: readonly WorldJiraUser[],
  groups: readonly WorldJiraGroup[],
  { random }: Means,
): WorldProject {
  const someone = () => people[random.below(people.length)]?.accountId ?? '';
  const group = groups[random.below(Math.max(1, groups.length))];
  return {
    id: String(10_000 + number),
    key: `PRJ${number}`,
    name: `Project ${number}`,
    type: random.pick(['software', 'service_desk', 'business']),
    style: random.pick(['classic', 'next-gen']),
    isPrivate: random.chance(0.3),
    status: number < 2 || random.chance(0.7) ? 'live' : random.pick(['archived', 'deleted']),
    leadId: someone(),
    hiddenFrom: number === 1 ? [people[1]?.accountId ?? ''] : [],
    roles: [
      { id: 10_002, name: 'Administrators', actors: [{ userId: someone() }] },
      { id: 10_003, name: 'Developers', actors: group === undefined ? [] : [{ groupId: group.groupId }] },
    ],
  };
}
