import type { Random } from './random.ts';
import type {
  WorldAlert,
  WorldProtection,
  WorldPullRequest,
  WorldRepository,
  WorldRuleset,
  WorldUser,
} from './world.ts';
import type { WorldSize } from './world-size.ts';

interface Site {
  readonly organizationIndex: number;
  readonly nth: number;
  readonly size: WorldSize;
  readonly users: readonly WorldUser[];
  readonly random: Random;
}

const dayMs = 86_400_000;

/** Every tenth repository is archived, every twentieth empty; of the others a third is protected in too weak a way, or not at all. */
export function generateRepository(site: Site): WorldRepository {
  const { organizationIndex, nth, size, random } = site;
  const empty = nth % 20 === 19;
  const archived = nth % 10 === 7;
  const kind = random.below(6);
  return {
    id: 500_000_000 + organizationIndex * 1_000_000 + nth * 7,
    name: `service-${String(nth + 1).padStart(4, '0')}`,
    visibility: random.pick(['private', 'private', 'internal', 'public']),
    archived,
    fork: false,
    template: nth % 50 === 3,
    defaultBranch: nth % 8 === 5 ? 'release/stable' : 'main',
    empty,
    secretScanning: random.chance(0.8),
    pushProtection: random.chance(0.6),
    securityUpdates: random.chance(0.7),
    createdAt: before(size.now, 900 - (nth % 300)),
    updatedAt: before(size.now, 5),
    pushedAt: empty ? null : before(size.now, 2 + random.below(90)),
    sizeKb: empty ? 0 : 10 + random.below(90_000),
    stargazers: random.below(50),
    forks: random.below(8),
    openIssues: random.below(30),
    protection: empty || kind < 2 ? null : protection(random, site.users),
    rulesets: !empty && (kind === 1 || kind === 5) ? [ruleset(site)] : [],
    alerts: Array.from({ length: share(size.alerts, site) }, (_, index) => alert(site, index + 1)),
    pullRequests: Array.from({ length: share(size.pullRequests, site) }, (_, index) => pullRequest(site, index + 1)),
    collaborators: [],
    webhooks: [],
    workflowRuns: [],
    commits: [],
    codeAlerts: [],
    secretAlerts: [],
    denied: nth % 10 === 2 && Math.floor(nth / 10) < size.denied ? { protection: 403 } : {},
    unlisted: false,
  };
}

/** An even share of a total; the first repositories take the rest. */
function share(total: number, { nth, size }: Site): number {
  return Math.floor(total / size.repositories) + (nth < total % size.repositories ? 1 : 0);
}

function before(now: Date, days: number): string {
  return `${new Date(now.getTime() - days * dayMs).toISOString().slice(0, 19)}Z`;
}

function protection(random: Random, users: readonly WorldUser[]): WorldProtection {
  const bypasses = random.chance(0.1) ? users.slice(0, 2).map(({ id }) => id) : [];
  return {
    approvals: random.pick([0, 1, 1, 2]),
    codeOwners: random.chance(0.5),
    lastPush: random.chance(0.3),
    dismissStale: random.chance(0.7),
    enforceAdmins: random.chance(0.6),
    checks: random.chance(0.8) ? ['build', 'test', 'lint'].slice(0, 1 + random.below(3)) : [],
    signatures: random.chance(0.2),
    linearHistory: random.chance(0.4),
    forcePushes: random.chance(0.1),
    deletions: random.chance(0.05),
    bypassUserIds: bypasses,
  };
}

function ruleset({ organizationIndex, nth, random }: Site): WorldRuleset {
  return {
    id: 40_000 + organizationIndex * 10_000 + nth,
    source: nth % 2 === 0 ? 'Organization' : 'Repository',
    approvals: random.pick([null, 1, 2]),
    checks: random.chance(0.5) ? ['security-scan'] : [],
    signatures: random.chance(0.3),
    forbidsForcePushes: true,
    forbidsDeletions: true,
  };
}

function alert({ size, random }: Site, number: number): WorldAlert {
  const state = random.pick(['open', 'open', 'fixed', 'dismissed', 'auto_dismissed']);
  const letters = (part: string) => random.hex(4) + part;
  return {
    number,
    state,
    severity: random.pick(['low', 'medium', 'high', 'critical']),
    ghsaId: `GHSA-${random.hex(4)}-${random.hex(4)}-${random.hex(4)}`,
    cveId: random.chance(0.8) ? `CVE-2025-${10_000 + random.below(80_000)}` : null,
    ecosystem: random.pick(['npm', 'pip', 'maven']),
    packageName: letters('-lib'),
    manifestPath: random.pick(['package-lock.json', 'requirements.txt', 'services/api/pom.xml']),
    scope: random.pick(['runtime', 'development', null]),
    createdAt: before(size.now, 60 + random.below(200)),
    updatedAt: before(size.now, 20),
    fixedAt: state === 'fixed' ? before(size.now, 30) : null,
    dismissedAt: state === 'dismissed' ? before(size.now, 25) : null,
    dismissedReason: state === 'dismissed' ? random.pick(['tolerable_risk', 'not_used']) : null,
  };
}

/** Most are merged after a review by a colleague; some by their author, some without any review. */
function pullRequest({ organizationIndex, nth, size, users, random }: Site, number: number): WorldPullRequest {
  const id = 900_000_000 + organizationIndex * 50_000_000 + nth * 50_000 + number;
  const author = users[random.below(users.length)]?.id ?? null;
  const colleague = users[random.below(users.length)]?.id ?? null;
  const headSha = random.hex(40);
  const ageDays = 3 + random.below(300);
  const fate = random.below(10);
  const isMerged = fate < 8;
  const isReviewed = fate < 6 && colleague !== null && colleague !== author;
  const states = random.pick([['APPROVED'], ['CHANGES_REQUESTED', 'APPROVED', 'COMMENTED']] as const);
  const reviews = isReviewed
    ? states.map((state, index) => ({ id: id * 10 + index, userId: colleague, state, commitSha: headSha }))
    : [];
  return {
    id,
    number,
    title: `Change ${number} of service ${nth + 1}`,
    state: fate === 9 ? 'open' : 'closed',
    headSha,
    authorId: author,
    mergedById: isMerged ? (random.chance(0.2) ? author : colleague) : null,
    mergeCommitSha: isMerged ? random.hex(40) : null,
    createdAt: before(size.now, ageDays + 2),
    updatedAt: before(size.now, ageDays),
    mergedAt: isMerged ? before(size.now, ageDays) : null,
    reviews,
  };
}
