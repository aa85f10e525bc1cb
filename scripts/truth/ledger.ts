import type { Bench } from './bench.ts';

/** What the ledger of one organization says after a run. */
export interface LedgerState {
  readonly run: { readonly state: string; readonly errorCode: string | null; readonly errorMessage: string | null };
  readonly current: readonly {
    readonly type: string;
    readonly keySha: string;
    readonly material: Readonly<Record<string, unknown>>;
  }[];
  /** Ended for another reason than a newer version. */
  readonly retired: readonly { readonly type: string; readonly keySha: string }[];
  readonly gaps: readonly Gap[];
  /** Of this run. */
  readonly streams: readonly { readonly type: string; readonly slice: string; readonly status: string }[];
  readonly findings: readonly Finding[];
  readonly verdicts: readonly { readonly control: string; readonly status: string }[];
}

interface Gap {
  readonly type: string;
  readonly slice: string;
  readonly scope: string;
  readonly reason: string;
  readonly keySha: string | null;
}

interface Finding {
  readonly control: string;
  readonly type: string;
  readonly sha: string;
  readonly resource: string;
  readonly status: string;
}

const query = `
  SELECT json_build_object(
    'run', (SELECT json_build_object('state', state, 'errorCode', error_code, 'errorMessage', error_message)
      FROM sync_run WHERE organization_id = $1 AND id = $2),
    'current', (SELECT coalesce(json_agg(json_build_object('type', type, 'keySha', encode(key_sha, 'hex'), 'material', material)), '[]')
      FROM evidence WHERE organization_id = $1 AND valid_to IS NULL AND type = ANY($3)),
    'retired', (SELECT coalesce(json_agg(json_build_object('type', type, 'keySha', encode(key_sha, 'hex'))), '[]')
      FROM evidence WHERE organization_id = $1 AND valid_to IS NOT NULL AND end_reason <> 'superseded' AND type = ANY($3)),
    'gaps', (SELECT coalesce(json_agg(json_build_object('type', type, 'slice', slice, 'scope', scope, 'reason', reason,
        'keySha', encode(key_sha, 'hex'))), '[]')
      FROM gap WHERE organization_id = $1 AND closed_at IS NULL AND type = ANY($3)),
    'streams', (SELECT coalesce(json_agg(json_build_object('type', type, 'slice', slice, 'status', status)), '[]')
      FROM stream_run WHERE organization_id = $1 AND run_id = $2 AND type = ANY($3)),
    'findings', (SELECT coalesce(json_agg(json_build_object('control', control_id, 'type', type, 'sha', encode(resource_sha, 'hex'),
        'resource', resource, 'status', status)), '[]')
      FROM finding WHERE organization_id = $1 AND valid_to IS NULL AND type = ANY($3)),
    'verdicts', (SELECT coalesce(json_agg(json_build_object('control', control_id, 'status', status)), '[]')
      FROM current_verdict WHERE organization_id = $1)
  ) AS state`;

/** @param types the evidence types that the run was asked for */
export async function readLedger(
  { superuser }: Pick<Bench, 'superuser'>,
  organizationId: string,
  { runId, types }: { runId: string; types: readonly string[] },
): Promise<LedgerState> {
  const { rows } = await superuser.query<{ state: LedgerState }>(query, [organizationId, runId, types]);
  const [row] = rows;
  if (row === undefined) throw new Error('the ledger did not answer');
  return row.state;
}
