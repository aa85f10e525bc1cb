import type { Database, Transaction } from '../database.ts';
import { openGaps } from './judge-set.ts';
import { readSlices, type SliceProof } from './read-slices.ts';

/** The current version of one resource. */
export interface StoredRow {
  readonly keySha: Uint8Array;
  readonly key: readonly (string | number)[];
  readonly slice: string;
  readonly material: { readonly [field: string]: unknown };
  /** The last complete pass did not show it, and nobody has proven it gone. */
  readonly isMissing: boolean;
}

/** Something that could not be read. */
export interface StoredGap {
  /** The key's SHA-256 where the gap concerns one resource, else that of its type, slice and scope. */
  readonly resourceSha: Uint8Array;
  readonly slice: string;
  readonly scope: string;
  readonly detail: string;
}

/** All that is stored about one evidence type of one integration. */
export interface StoredEvidence {
  /** What a person calls the account. */
  readonly account: string;
  /** The database's clock. */
  readonly now: Date;
  readonly slices: readonly SliceProof[];
  /** Ascending by keySha; read a page at a time while it is iterated. */
  readonly rows: AsyncIterable<StoredRow>;
  /** Ascending by resourceSha; read likewise. */
  readonly gaps: AsyncIterable<StoredGap>;
}

interface JudgementOf {
  readonly organizationId: string;
  readonly integrationId: string;
  readonly runId: string;
  readonly type: string;
}

const pageSize = 1_000;
/** Before every SHA-256. */
const beginning = new Uint8Array();

/**
 * Reads what one evidence type of one integration is judged by. Rows and gaps come in pages, each a transaction of its own: nobody
 * but the run that is judged changes them.
 */
export async function readJudgementInput(database: Database, of: JudgementOf): Promise<StoredEvidence> {
  return database.withStatements(of.organizationId, async (transaction) => {
    const [head] = await transaction.$queryRaw<{ account: string; now: Date }[]>`
      SELECT coalesce(account_title, account_id, name) AS account, clock_timestamp() AS now FROM integration
      WHERE organization_id = ${of.organizationId}::uuid AND id = ${of.integrationId}::uuid`;
    if (head === undefined) throw new Error(`There is no integration ${of.integrationId}.`);
    const [slices] = await readSlices(transaction, of, [of]);
    return {
      ...head,
      slices: slices ?? [],
      rows: inPages(database, of, readRows, ({ keySha }) => keySha),
      gaps: inPages(database, of, readGaps, ({ resourceSha }) => resourceSha),
    };
  });
}

type ReadPage<Item> = (transaction: Transaction, of: JudgementOf, after: Uint8Array) => Promise<Item[]>;

async function* inPages<Item>(
  database: Database,
  of: JudgementOf,
  readPage: ReadPage<Item>,
  shaOf: (item: Item) => Uint8Array,
): AsyncGenerator<Item> {
  let after: Uint8Array | undefined = beginning;
  while (after !== undefined) {
    const from: Uint8Array = after;
    const page = await database.withStatements(of.organizationId, (transaction) => readPage(transaction, of, from));
    yield* page;
    const last = page.length === pageSize ? page.at(-1) : undefined;
    after = last && shaOf(last);
  }
}

const readRows: ReadPage<StoredRow> = (transaction, { organizationId, integrationId, type }, after) =>
  transaction.$queryRaw<StoredRow[]>`
    SELECT h.key_sha AS "keySha", e.key, h.slice, e.material, h.missing_passes > 0 AS "isMissing"
    FROM evidence_head h JOIN evidence e ON e.organization_id = h.organization_id AND e.id = h.version_id
    WHERE h.organization_id = ${organizationId}::uuid AND h.integration_id = ${integrationId}::uuid AND h.type = ${type}
      AND h.key_sha > ${after}
    ORDER BY h.key_sha LIMIT ${pageSize}`;

const readGaps: ReadPage<StoredGap> = (transaction, of, after) =>
  transaction.$queryRaw<StoredGap[]>`
    WITH ${openGaps(of)}
    SELECT sha AS "resourceSha", slice, scope, detail FROM open_gap WHERE sha > ${after} ORDER BY sha LIMIT ${pageSize}`;
