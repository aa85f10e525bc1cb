import type { Means } from './means.ts';
import type { WorldChange, WorldIssue, WorldJiraUser, WorldProject, WorldStatus } from './world.ts';
import type { JiraWorldSize } from './world-size.ts';

const path: readonly WorldStatus[] = ['To Do', 'In Progress', 'Done'];

/** Issues of live projects: about half are security bugs, and one in four of the rest a change; all but a few have been worked on. */
export function generateIssues(
  { issues = 16 }: JiraWorldSize,
  { people, projects }: { readonly people: readonly WorldJiraUser[]; readonly projects: readonly WorldProject[] },
  means: Means,
): WorldIssue[] {
  const live = projects.filter(({ status }) => status === 'live');
  return Array.from({ length: live.length === 0 ? 0 : issues }, (_, number) => {
    const project = live[number % live.length];
    return issueOf(number, { project, people, ageHours: 24 + (issues - number) }, means);
  });
}

interface Place {
  readonly project: WorldProject | undefined;
  readonly people: readonly WorldJiraUser[];
  readonly ageHours: number;
}

/** An issue that names an alert by its address and a vulnerability by its name. */
function alertOf(number: number) {
  const address = `https://github.com/acme/repo-${number}/security/dependabot/${number + 1}`;
  return { summary: `CVE-2026-${10_000 + number} in a dependency`, description: ['Found by Dependabot.', address] };
}

function issueOf(number: number, { project, people, ageHours }: Place, { random, ago }: Means): WorldIssue {
  const someone = () => people[random.below(people.length)]?.accountId ?? '';
  const isSecurity = number % 2 === 0;
  const steps = number % 7 === 3 ? 0 : 1 + random.below(2);
  const changes = path.slice(0, steps).map((from, step): WorldChange => {
    const id = String(900_000 + number * 10 + step);
    return { id, at: ago(ageHours - 1 - step), authorId: someone(), from, to: path[step + 1] ?? 'Done' };
  });
  const status = changes.at(-1)?.to ?? 'To Do';
  return {
    id: String(20_000 + number),
    key: `${project?.key}-${number}`,
    projectId: project?.id ?? '',
    type: isSecurity ? 'Bug' : random.pick(['Task', 'Change']),
    status,
    priority: random.pick(['High', 'Low', null]),
    labels: isSecurity ? ['security', 'triaged'] : ['other'],
    createdAt: ago(ageHours),
    updatedAt: changes.at(-1)?.at ?? ago(ageHours),
    resolution: status === 'Done' ? 'Fixed' : null,
    resolvedAt: status === 'Done' ? (changes.at(-1)?.at ?? null) : null,
    dueDate: random.chance(0.5) ? '2026-12-31' : null,
    assigneeId: random.chance(0.7) ? someone() : null,
    reporterId: someone(),
    ...(isSecurity && number % 3 === 0 ? alertOf(number) : { summary: `issue ${number}`, description: [] }),
    changes,
  };
}
