import type pg from 'pg';
import type { Answer } from './load.ts';

/** What the database says about answers that were heard. Each offence is a sentence. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly double: readonly string[];
  readonly false: readonly string[];
  /** Made since the act began. */
  readonly runs: number;
}

/**
 * `heard`: every answer 202. `run`: every run made since. A request whose answer was not heard may have made a run too: it is noted with its
 * key in sync_request, in the transaction that made the run.
 */
const tables = `
  WITH heard AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS h (key text, organization_id uuid, integration_id uuid, types text[],
      run_id uuid, sent_at timestamptz, answered_at timestamptz)
  ), run AS (
    SELECT * FROM sync_run WHERE requested_at >= $2::timestamptz
  )`;

const offences = {
  lost: [
    `SELECT 'request ' || key || ' was told run ' || run_id || ', which does not exist' AS offence
     FROM heard WHERE NOT EXISTS (SELECT FROM sync_run r WHERE r.organization_id = heard.organization_id AND r.id = heard.run_id)`,
    `SELECT 'request ' || key || ' was told run ' || run_id || ' of another integration'
     FROM heard JOIN sync_run r ON r.id = heard.run_id WHERE r.integration_id <> heard.integration_id`,
    `SELECT 'run ' || id || ' never began, or has no end' FROM run WHERE started_at IS NULL OR finished_at IS NULL`,
    `SELECT 'request ' || key || ' is not noted with the run that it was told' FROM heard WHERE NOT EXISTS (
       SELECT FROM sync_request s WHERE s.organization_id = heard.organization_id AND s.key = heard.key AND s.run_id = heard.run_id)`,
  ],
  double: [
    `SELECT 'nobody asked for run ' || id FROM run
     WHERE NOT EXISTS (SELECT FROM sync_request s WHERE s.organization_id = run.organization_id AND s.run_id = run.id)`,
    // Whoever asks joins a run that has not begun: a run is made when the one before it has. Its first request was answered after that.
    `SELECT 'run ' || id || ' was made while one stood there that had not begun' FROM (
       SELECT id, (SELECT min(answered_at) FROM heard WHERE heard.run_id = run.id) AS asked,
         lag(started_at) OVER (PARTITION BY integration_id ORDER BY started_at) AS before FROM run) made
     WHERE asked < before`,
    `SELECT 'two attempts at once on integration ' || one.integration_id FROM (
       SELECT a.*, r.integration_id, lag(a.released_at) OVER (PARTITION BY r.integration_id ORDER BY a.claimed_at, a.fence) AS before
       FROM sync_attempt a JOIN run r ON r.organization_id = a.organization_id AND r.id = a.run_id) one
     WHERE claimed_at < before`,
    `SELECT 'request ' || key || ' was told ' || count(DISTINCT run_id) || ' runs' FROM heard GROUP BY key HAVING count(DISTINCT run_id) > 1`,
  ],
  false: [
    `SELECT 'run ' || run.id || ' began ' || (sent_at - started_at) || ' before request ' || key || ', which it answers'
     FROM heard JOIN run ON run.id = heard.run_id WHERE started_at < sent_at`,
    `SELECT 'run ' || run.id || ' does not read what request ' || key || ' asked for'
     FROM heard JOIN run ON run.id = heard.run_id WHERE run.types <> '{}' AND NOT run.types @> heard.types`,
    `SELECT 'run ' || id || ' ' || state || coalesce(': ' || error_message, '') FROM run WHERE state IN ('failed', 'cancelled')`,
  ],
} as const;

/** Judges by what is stored, not by what the API says. Everything must have ended. @param since before the first was sent, by the same clock */
export async function judge(superuser: pg.Pool, answers: readonly Answer[], since: Date): Promise<Verdict> {
  const heard = answers
    .filter(({ status }) => status === 202)
    .map((one) => ({
      key: one.key,
      organization_id: one.organizationId,
      integration_id: one.integrationId,
      types: one.types,
      run_id: one.runId,
      sent_at: new Date(one.sentAt),
      answered_at: new Date(one.answeredAt),
    }));
  const values = [JSON.stringify(heard), since];
  const found = async (queries: readonly string[]) => {
    const results = await Promise.all(
      queries.map((query) =>
        superuser.query<{ offence: string }>(`${tables} SELECT offence FROM (${query}) AS o (offence)`, values),
      ),
    );
    return results.flatMap(({ rows }) => rows.map(({ offence }) => offence));
  };
  const [lost, double, untrue, { rows }] = await Promise.all([
    found(offences.lost),
    found(offences.double),
    found(offences.false),
    superuser.query<{ runs: number }>('SELECT count(*)::int AS runs FROM sync_run WHERE requested_at >= $1', [since]),
  ]);
  return { lost, double, false: untrue, runs: rows[0]?.runs ?? 0 };
}
