import type { Ward } from './ward.ts';

/** What a blow leaves behind where it hits. A round without it is idle: it proves nothing, whatever its ledger says. */
export interface Trace {
  /** In words: a blow has hit when … */
  readonly what: string;
  isFound(ward: Ward): Promise<boolean>;
}

type Ending = 'crash' | 'snooze' | 'shutdown';

/** So many runs of the round were let go of, or taken from their worker, before their end. */
export function interrupted(endings: readonly Ending[], atLeast = 1): Trace {
  return {
    what: `${atLeast === 1 ? 'a run was' : `${atLeast} runs were`} interrupted (${endings.join(' or ')}) and taken up again`,
    isFound: async (ward) => (await count(ward, `a.ended_as = ANY($1)`, [endings])) >= atLeast,
  };
}

/** Redis had forgotten a run's doorbell. */
export const rungAgain: Trace = {
  what: "a run's doorbell was rung a second time",
  isFound: async (ward) => (await count(ward, 'r.ring > 1')) > 0,
};

/** Waited for in vain, and asked again. */
export const askedAgain: Trace = {
  what: 'a call to the provider was made again',
  isFound: async (ward) =>
    (await count(ward, `EXISTS (SELECT FROM jsonb_to_recordset(a.calls) AS c(retries float8) WHERE c.retries > 0)`)) >
    0,
};

/** A process of the fleet has logged it since the round began. */
export function told(event: string): Trace {
  return { what: `a process told of ${event}`, isFound: async (ward) => ward.told(event) };
}

function either(...traces: readonly [Trace, Trace]): Trace {
  return {
    what: traces.map(({ what }) => what).join(', or '),
    isFound: async (ward) => (await found(ward, traces)).includes(true),
  };
}

export function both(...traces: readonly [Trace, Trace]): Trace {
  return {
    what: traces.map(({ what }) => what).join(', and '),
    isFound: async (ward) => !(await found(ward, traces)).includes(false),
  };
}

/** The database was missed by a run, or by the heartbeat of one. */
export const databaseMissed = either(interrupted(['snooze', 'crash']), told('lease.heartbeat_failed'));

function found(ward: Ward, traces: readonly Trace[]): Promise<boolean[]> {
  return Promise.all(traces.map((trace) => trace.isFound(ward)));
}

/** Tenants whose newest run has an attempt of which this holds. */
async function count({ fleet }: Ward, condition: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await fleet.superuser.query<{ runs: number }>(
    `SELECT count(DISTINCT r.id)::int AS runs
     FROM (SELECT DISTINCT ON (integration_id) * FROM sync_run WHERE types = '{}' ORDER BY integration_id, requested_at DESC) r
     JOIN sync_attempt a ON a.organization_id = r.organization_id AND a.run_id = r.id
     WHERE ${condition}`,
    [...values],
  );
  return rows[0]?.runs ?? 0;
}
