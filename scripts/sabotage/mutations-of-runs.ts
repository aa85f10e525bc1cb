// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of programs
import { durability, jest, type Mutation, model } from './mutation.ts';

const runsTest = 'packages/db/src/runs/runs.integration.test.ts';
const recoveryTest = 'packages/db/src/scheduling/recovery.integration.test.ts';
/** Enough that every race of the list shows. */
const histories = 240;

/** What holds a run together, broken: claims and fences, attempts, doorbells, outages. */
export const mutationsOfRuns: readonly Mutation[] = [
  {
    name: 'lets every claim write, whatever its fence',
    edits: [
      {
        file: 'packages/db/src/hold-run.ts',
        find: "AND fence = ${fence} AND state = 'running'",
        replace: '',
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*(a write went through while|accepted, \d+ happened)/,
  },
  {
    name: 'claims a run whose lease still holds',
    edits: [
      {
        file: 'packages/db/src/runs/claim-run.ts',
        find: 'r.lease_until < clock_timestamp())',
        replace: "r.lease_until < clock_timestamp() + interval '1 hour')",
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*a run is claimed when it waits and its time has come, or when its lease is over/,
  },
  {
    name: 'forgets the request behind a run that ends',
    edits: [
      {
        file: 'packages/db/src/runs/release-run.ts',
        find: 'release.quarantine ? null : startFollowUp(transaction, claim.organizationId, claim.runId),',
        replace: 'null,',
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*the request behind run \w+ was lost/,
  },
  {
    name: 'counts a retry twice',
    edits: [
      {
        file: 'packages/db/src/runs/release-run.ts',
        find: 'attempts = attempts + ${release.costsAttempt ? 1 : 0}',
        replace: 'attempts = attempts + ${release.costsAttempt ? 2 : 0}',
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*an attempt is counted when a worker lets go, one at most/,
  },
  {
    name: 'goes on counting crashes though a batch was committed between',
    edits: [
      {
        file: 'packages/db/src/ledger/commit-batch.ts',
        find: 'UPDATE sync_run SET crash_count = 0',
        replace: 'UPDATE sync_run SET crash_count = crash_count',
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*made progress and still counts \d+ crashes/,
  },
  {
    name: 'lets two schedulers fill the window at once',
    edits: [
      {
        file: 'packages/db/src/scheduling/feed.ts',
        find: 'pg_try_advisory_xact_lock(${feedLock}::bigint) AS free',
        replace: '${feedLock} > 0 AS free',
      },
    ],
    proof: model(histories),
    because: /BrokenPromise: .*scheduled jobs stand in a window of/,
  },
  {
    name: 'lets a run and its follow-up be seen one without the other',
    edits: [
      {
        file: 'packages/db/src/runs/release-run.ts',
        find: 'const locked = lockIntegrationOf(transaction, claim);',
        replace: 'const locked = null;',
      },
    ],
    proof: jest(runsTest, 'in the very moment'),
    because: /● .*in the very moment/,
  },
  {
    name: 'rings a run again that was claimed in the meantime',
    edits: [
      {
        file: 'packages/db/src/scheduling/forgotten-runs.ts',
        find: "WHERE run.state IN ('queued', 'waiting') AND run.rung_at IS NOT NULL",
        replace: 'WHERE true',
      },
    ],
    proof: jest(recoveryTest, 'does not ring a run that was claimed in the meantime'),
    because: /● .*does not ring a run that was claimed in the meantime/,
  },
  {
    name: 'tells no worker of a cancellation',
    edits: [
      {
        file: 'packages/db/src/runs/claim-run.ts',
        find: '{ cancelRequested: row.cancel }',
        replace: '{ cancelRequested: false }',
      },
    ],
    proof: jest(runsTest, 'tells a holder of a cancellation'),
    because: /● .*tells a holder of a cancellation/,
  },
  {
    name: 'never rings again what Redis has forgotten',
    edits: [
      {
        file: 'packages/db/src/scheduling/forgotten-runs.ts',
        find: 'if (forgotten.length === 0) return [];',
        replace: 'if (forgotten.length >= 0) return [];',
      },
    ],
    proof: durability('FLUSHALL'),
    because: /FLUSHALL.*: MISSED lost/,
  },
  {
    name: 'takes an outage of its own database for a failed attempt',
    edits: [
      {
        file: 'apps/worker/src/release.ts',
        find: "as: 'snooze', delayMs: outagePauseMs, costsAttempt: false",
        replace: "as: 'snooze', delayMs: outagePauseMs, costsAttempt: true",
      },
    ],
    proof: durability('Postgres stopped immediate'),
    because: /Postgres stopped immediate: MISSED .*false/,
  },
  {
    name: "takes the run's lock before it sends the batch",
    edits: [
      {
        file: 'packages/db/src/ledger/commit-batch.ts',
        find: 'const changes = batch.isUnseen',
        replace: 'void transaction.$queryRaw`${heldRun(claim)}`;\n  const changes = batch.isUnseen',
      },
    ],
    proof: jest('packages/db/src/ledger/half-sent.integration.test.ts', 'holds no lock on its run'),
    because: /● .*holds no lock on its run/,
  },
];
