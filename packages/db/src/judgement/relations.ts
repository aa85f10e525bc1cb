import { Prisma, type Transaction } from '../database.ts';
import { isAssessed, readSlices, type SliceProof } from './read-slices.ts';

/** What other evidence of the organization tells of the resources of a population. */
export interface Relation {
  readonly name: string;
  /** Of the integrations that tell it. */
  readonly connector: string;
  readonly evidence: readonly string[];
  /** The path of the setting without which an integration does not tell it. */
  readonly requires?: readonly string[];
}

/** A relation as it stands. */
export interface RelationState {
  readonly name: string;
  readonly integrationIds: readonly string[];
  /** Something of it was not read to its end: nothing is said of any resource. */
  readonly isUnread: boolean;
  /** Another text whenever it may tell something else of a resource than before. */
  readonly seen: string;
}

/** How long ago a change may be to be told from none. */
const longestSince = Prisma.sql`interval '40 days'`;

interface RelationOf {
  readonly organizationId: string;
  readonly runId: string;
  readonly type: string;
  readonly relation: Relation & {
    /** Pure: whether nothing may be concluded from a slice, whatever was read of it. */
    readonly isUnread: (proof: SliceProof, now: Date) => boolean;
  };
}

/** @returns null where no integration of the organization tells it */
export async function readRelation(transaction: Transaction, of: RelationOf): Promise<RelationState | null> {
  const { organizationId, relation } = of;
  const integrations = await transaction.$queryRaw<{ id: string; now: Date }[]>`
    SELECT i.id, clock_timestamp() AS now FROM integration i WHERE i.organization_id = ${organizationId}::uuid AND ${tells(relation)} ORDER BY i.id`;
  const integrationIds = integrations.map(({ id }) => id);
  const now = integrations[0]?.now;
  if (now === undefined) return null;
  const sources = integrationIds.flatMap((integrationId) => relation.evidence.map((type) => ({ integrationId, type })));
  const [proofs, seen] = await Promise.all([
    readSlices(transaction, of, sources),
    readSeen(transaction, of, integrationIds),
  ]);
  const isUnread = proofs.some((slices) => slices.length === 0 || slices.some((one) => relation.isUnread(one, now)));
  return { name: relation.name, integrationIds, isUnread, seen: `${isUnread ? 'unread' : 'read'} ${seen}` };
}

/** Whether integration `i` tells a relation. */
export function tells({ connector, requires }: Relation): Prisma.Sql {
  return Prisma.sql`i.connector = ${connector} AND ${isAssessed()}
    AND ${requires === undefined ? Prisma.sql`true` : Prisma.sql`(i.settings #>> ${requires}::text[]) IS NOT NULL`}`;
}

/**
 * What the passes of the last run that changed anything of each source have counted (a pass may be going on still), the last entry in the map of
 * people, and for what ages the day.
 */
async function readSeen(
  transaction: Transaction,
  { organizationId, relation }: RelationOf,
  integrationIds: readonly string[],
): Promise<string> {
  const [row] = await transaction.$queryRaw<{ seen: string }[]>`
    SELECT concat_ws(' ', (
      SELECT string_agg(concat_ws(':', s.integration_id, s.type, last.passes), ' ' ORDER BY s.integration_id, s.type)
      FROM (SELECT i.id AS integration_id, t.type FROM unnest(${integrationIds}::uuid[]) i(id), unnest(${relation.evidence}::text[]) t(type)) s
      LEFT JOIN LATERAL (
        SELECT string_agg(concat_ws('=', pass.id, pass.added + pass.changed + pass.retired), ',' ORDER BY pass.id) AS passes
        FROM stream_run pass
        WHERE pass.organization_id = ${organizationId}::uuid AND pass.type = s.type AND pass.run_id = (
          SELECT latest.run_id FROM stream_run latest
          WHERE latest.organization_id = ${organizationId}::uuid AND latest.integration_id = s.integration_id AND latest.type = s.type
            AND latest.opened_at > now() - ${longestSince} AND latest.added + latest.changed + latest.retired > 0
          ORDER BY latest.opened_at DESC LIMIT 1
        )
      ) last ON true
    ), (
      SELECT concat_ws(':', count(*), max(changed_at)) FROM person_account
      WHERE organization_id = ${organizationId}::uuid AND ${relation.name} = 'person'
    ), CASE WHEN ${relation.name} = 'ticket' THEN (now() AT TIME ZONE 'UTC')::date END) AS seen`;
  return row?.seen ?? '';
}

/**
 * Parts of a statement that end in `related (id, related)`: what is told of the versions `ids`, one row each, none where that is `otherwise`.
 * @throws for a relation that it does not know, or one that says nothing of the type
 */
export function relatedParts(
  of: { readonly organizationId: string; readonly type: string },
  { name, integrationIds, isUnread }: RelationState,
  ids: Prisma.Sql,
): { readonly parts: Prisma.Sql; readonly otherwise: Prisma.Sql } {
  const none = Prisma.sql`related AS (SELECT NULL::uuid AS id, NULL::text AS related WHERE false)`;
  if (isUnread) return { parts: none, otherwise: Prisma.sql`''` };
  const about = { ...of, integrationIds, ids };
  if (name === 'person') return { parts: personParts(about), otherwise: Prisma.sql`'unmatched'` };
  if (name === 'changeIssue') return { parts: changeIssueParts(about), otherwise: Prisma.sql`'none'` };
  if (name === 'ticket') return { parts: ticketParts(about), otherwise: Prisma.sql`''` };
  throw new Error(`There is no relation ${name}.`);
}

interface About {
  readonly organizationId: string;
  readonly type: string;
  readonly integrationIds: readonly string[];
  readonly ids: Prisma.Sql;
}

/** By which fields of an account the directory or the map may name it, and what the catalogue of Okta calls the provider's applications. */
const accounts: { readonly [type: string]: { readonly fields: readonly string[]; readonly apps: string } } = {
  'github.org_member': { fields: ['login', 'userId'], apps: '^github' },
  'aws.iam_user': { fields: ['userName', 'userId'], apps: '^amazon_aws' },
  'jira.user': { fields: ['accountId'], apps: '^(atlassian|jira|confluence)' },
};

/**
 * Whose an account is: by the organization's map, else by the assignments of today, else by the last one that ended, for Okta takes
 * assignments away from whoever is deactivated.
 */
function personParts({ organizationId, type, integrationIds, ids }: About): Prisma.Sql {
  const account = accounts[type];
  if (account === undefined) throw new Error(`Nobody knows whose a ${type} is.`);
  const connector = type.slice(0, type.indexOf('.'));
  const names = account.fields.map((field) => Prisma.sql`lower(e.material ->> ${field}::text)`);
  return Prisma.sql`${latest('okta_user', organizationId, 'okta.user', integrationIds)},
    ${latest('okta_app', organizationId, 'okta.app', integrationIds)},
    ${latest('okta_assignment', organizationId, 'okta.app_user', integrationIds)},
    okta_person AS MATERIALIZED (
      SELECT integration_id, material ->> 'userId' AS user_id, lower(material ->> 'login') AS login,
        ended IS NOT NULL OR material ->> 'status' = 'DEPROVISIONED' AS is_gone
      FROM okta_user WHERE ended IS NULL OR ended = 'deleted'
    ), named AS (
      SELECT lower(m.account) AS account, 0 AS rank, m.person IS NULL AS is_nobody, p.user_id, p.is_gone
      FROM person_account m LEFT JOIN okta_person p ON p.login = lower(m.person)
      WHERE m.organization_id = ${organizationId}::uuid AND m.connector = ${connector}
      UNION ALL
      SELECT lower(called.account), CASE WHEN s.ended IS NULL THEN 1 ELSE 2 END, false, p.user_id, p.is_gone
      FROM okta_assignment s
      JOIN okta_app a ON a.integration_id = s.integration_id AND a.material ->> 'appId' = s.material ->> 'appId'
        AND a.material ->> 'name' ~ ${account.apps}
      JOIN okta_person p ON p.integration_id = s.integration_id AND p.user_id = s.material ->> 'userId',
      unnest(ARRAY[s.material ->> 'userName', s.material ->> 'externalId']) called(account)
      WHERE called.account IS NOT NULL
    ), known AS MATERIALIZED (
      SELECT account, rank, CASE WHEN bool_or(is_nobody) THEN 'nobody' WHEN count(DISTINCT user_id) = 0 THEN 'unmatched'
        WHEN count(DISTINCT user_id) > 1 THEN 'ambiguous' WHEN bool_or(is_gone) THEN 'gone' ELSE 'active' END AS related
      FROM (SELECT *, min(rank) OVER (PARTITION BY account) AS best FROM named) n WHERE rank = best GROUP BY account, rank
    ), related AS MATERIALIZED (
      SELECT DISTINCT ON (e.id) e.id, k.related
      FROM (SELECT e.id, unnest(ARRAY[${Prisma.join(names)}]) AS account FROM evidence e
        WHERE e.organization_id = ${organizationId}::uuid AND e.id = ANY(ARRAY(${ids}))) e
      JOIN known k ON k.account = e.account
      ORDER BY e.id, k.rank, k.related
    )`;
}

/** The newest version of every resource of a type, and how it ended if it did. */
function latest(name: string, organizationId: string, type: string, integrationIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`${Prisma.raw(name)} AS MATERIALIZED (
      SELECT DISTINCT ON (key_sha, integration_id) integration_id, material, CASE WHEN valid_to IS NOT NULL THEN end_reason END AS ended
      FROM evidence
      WHERE organization_id = ${organizationId}::uuid AND type = ${type} AND integration_id = ANY(${integrationIds}::uuid[])
      ORDER BY key_sha, integration_id, valid_from DESC
    )`;
}

/** Issues of today, one row each. */
function issues({ organizationId, integrationIds }: About): Prisma.Sql {
  return Prisma.sql`issue AS MATERIALIZED (
      SELECT e.material FROM evidence_head h JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id
      WHERE h.organization_id = ${organizationId}::uuid AND h.integration_id = ANY(${integrationIds}::uuid[]) AND h.type = 'jira.issue'
    )`;
}

/** By the keys of issues in the title, as Jira itself finds them. */
function changeIssueParts(about: About): Prisma.Sql {
  return Prisma.sql`${issues(about)}, change_issue AS MATERIALIZED (
      SELECT DISTINCT material ->> 'issueKey' AS issue_key FROM issue WHERE material -> 'purposes' ? 'change'
    ), named AS MATERIALIZED (
      SELECT e.id, (regexp_matches(e.material ->> 'title', '\\m[A-Z][A-Z0-9_]+-[1-9][0-9]*\\M', 'g'))[1] AS issue_key FROM evidence e
      WHERE e.organization_id = ${about.organizationId}::uuid AND e.id = ANY(ARRAY(${about.ids}))
    ), related AS MATERIALIZED (
      SELECT DISTINCT n.id, 'named' AS related FROM named n JOIN change_issue c ON c.issue_key = n.issue_key
    )`;
}

/** What an issue may call an alert: the end of its page's address, or the name of the vulnerability. */
const alertNames: { readonly [type: string]: Prisma.Sql } = {
  'github.dependabot_alert': Prisma.sql`ARRAY[lower(e.material ->> 'ghsaId'), lower(e.material ->> 'cveId'),
    lower(concat(e.material ->> 'repository', '/security/dependabot/', e.material ->> 'number'))]`,
  'github.code_scanning_alert': Prisma.sql`ARRAY[lower(concat(e.material ->> 'repository', '/security/code-scanning/', e.material ->> 'number'))]`,
  'github.secret_scanning_alert': Prisma.sql`ARRAY[lower(concat(e.material ->> 'repository', '/security/secret-scanning/', e.material ->> 'number'))]`,
};

function ticketParts(about: About): Prisma.Sql {
  const names = alertNames[about.type];
  if (names === undefined) throw new Error(`No issue mentions a ${about.type}.`);
  return Prisma.sql`${issues(about)}, mentioned AS MATERIALIZED (
      SELECT DISTINCT lower(m.mention) AS mention FROM issue, jsonb_array_elements_text(material -> 'mentions') m(mention)
    ), alert AS MATERIALIZED (
      SELECT e.id, ${names} AS names,
        least(400, greatest(0, (now() AT TIME ZONE 'UTC')::date - ((e.material ->> 'createdAt')::timestamptz AT TIME ZONE 'UTC')::date)) AS age
      FROM evidence e WHERE e.organization_id = ${about.organizationId}::uuid AND e.id = ANY(ARRAY(${about.ids}))
    ), ticketed AS MATERIALIZED (
      SELECT DISTINCT n.id FROM (SELECT id, unnest(names) AS mention FROM alert) n JOIN mentioned m ON m.mention = n.mention
    ), related AS MATERIALIZED (
      SELECT a.id, CASE WHEN t.id IS NULL THEN a.age::text ELSE 'ticketed' END AS related FROM alert a LEFT JOIN ticketed t ON t.id = a.id
    )`;
}
