import type { Database, Transaction } from '../database.ts';
import { type Claim, holdRun } from '../hold-run.ts';
import { uuid } from '../uuid.ts';

/** What a control says of one resource now. */
export interface JudgedFinding {
  /** SHA-256, 32 bytes. */
  readonly resourceSha: Uint8Array;
  readonly resource: string;
  readonly status: 'pass' | 'fail' | 'unknown' | 'not_applicable';
  readonly reason: string;
}

interface FindingsOptions extends Claim {
  readonly controlId: string;
  readonly integrationId: string;
  readonly type: string;
  /** Everything this judgement found, strictly ascending by resourceSha. */
  readonly findings: AsyncIterable<JudgedFinding>;
  readonly signal?: AbortSignal;
}

/** Findings written in one transaction. */
const batchSize = 1_000;
/** Before and after every SHA-256. */
const beginning = new Uint8Array();
const end = new Uint8Array(33).fill(0xff);

/**
 * Brings the open findings of one control, integration and evidence type in line with a judgement: what says the same stays untouched,
 * what changed is closed and opened anew, what the judgement does not name is closed. Flat in memory, because both sides are compared range
 * by range in the order of their SHA; a judgement that changes nothing writes nothing; running it again after a crash finishes it.
 * @throws StaleFenceError when another worker has the run
 */
export async function storeFindings(
  database: Database,
  options: FindingsOptions,
): Promise<{ readonly opened: number; readonly closed: number }> {
  let [opened, closed] = [0, 0];
  let after: Uint8Array = beginning;
  for await (const { batch, until } of inRanges(options.findings)) {
    options.signal?.throwIfAborted();
    const from = after;
    const written = await database.withStatements(options.organizationId, async (transaction) => {
      const differences = await compare(transaction, options, batch, from, until);
      if (differences.length > 0) await write(transaction, options, batch, differences);
      return differences;
    });
    opened += written.filter(({ position }) => position !== null).length;
    closed += written.filter(({ id }) => id !== null).length;
    after = until;
  }
  return { opened, closed };
}

/** Batches and the last SHA that each speaks for; the last batch speaks for all that follow. */
async function* inRanges(
  findings: AsyncIterable<JudgedFinding>,
): AsyncGenerator<{ batch: JudgedFinding[]; until: Uint8Array }> {
  let batch: JudgedFinding[] = [];
  let last: Uint8Array = beginning;
  for await (const finding of findings) {
    if (Buffer.compare(last, finding.resourceSha) >= 0) throw new Error('findings are not in the order of their SHA');
    if (batch.length === batchSize) {
      yield { batch, until: last };
      batch = [];
    }
    batch.push(finding);
    last = finding.resourceSha;
  }
  yield { batch, until: end };
}

/** `id`: an open finding to close. `position`: the place in the batch, from 1, of a finding to open. */
interface Difference {
  readonly id: string | null;
  readonly position: bigint | null;
}

function compare(
  transaction: Transaction,
  { organizationId, controlId, integrationId, type }: FindingsOptions,
  batch: readonly JudgedFinding[],
  after: Uint8Array,
  until: Uint8Array,
): Promise<Difference[]> {
  return transaction.$queryRaw<Difference[]>`
    SELECT f.id, j.position
    FROM (
      SELECT * FROM finding
      WHERE organization_id = ${organizationId}::uuid AND control_id = ${controlId} AND integration_id = ${integrationId}::uuid
        AND type = ${type} AND valid_to IS NULL AND resource_sha > ${after} AND resource_sha <= ${until}
    ) f
    FULL JOIN unnest(${batch.map((one) => one.resourceSha)}::bytea[], ${batch.map((one) => one.resource)}::text[],
      ${batch.map((one) => one.status)}::text[], ${batch.map((one) => one.reason)}::text[])
      WITH ORDINALITY AS j(resource_sha, resource, status, reason, position) ON j.resource_sha = f.resource_sha
    WHERE (f.resource, f.status, f.reason) IS DISTINCT FROM (j.resource, j.status, j.reason)`;
}

/** Immutable rows: a change is an end and a beginning at the same moment. */
async function write(
  transaction: Transaction,
  options: FindingsOptions,
  batch: readonly JudgedFinding[],
  differences: readonly Difference[],
): Promise<void> {
  await holdRun(transaction, options);
  const { organizationId, controlId, integrationId, type, runId } = options;
  const ended = differences.flatMap(({ id }) => id ?? []);
  const begun = differences.flatMap(({ position }) => (position === null ? [] : (batch[Number(position) - 1] ?? [])));
  await transaction.$executeRaw`
    UPDATE finding SET valid_to = now(), to_run_id = ${runId}::uuid
    WHERE organization_id = ${organizationId}::uuid AND id = ANY(${ended}::uuid[]) AND valid_to IS NULL`;
  await transaction.$executeRaw`
    INSERT INTO finding (organization_id, id, control_id, integration_id, type, resource_sha, resource, status, reason, valid_from, from_run_id)
    SELECT ${organizationId}::uuid, j.id, ${controlId}, ${integrationId}::uuid, ${type}, j.resource_sha, j.resource, j.status, j.reason,
      now(), ${runId}::uuid
    FROM unnest(${begun.map(() => uuid())}::uuid[], ${begun.map((one) => one.resourceSha)}::bytea[],
      ${begun.map((one) => one.resource)}::text[], ${begun.map((one) => one.status)}::text[],
      ${begun.map((one) => one.reason)}::text[]) AS j(id, resource_sha, resource, status, reason)`;
}
