// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of programs
import { durability, jest, type Mutation, model, truth } from './mutation.ts';

const ledgerTest = 'packages/db/src/ledger/ledger.integration.test.ts';
const runsTest = 'packages/db/src/runs/runs.integration.test.ts';
const recoveryTest = 'packages/db/src/scheduling/recovery.integration.test.ts';
/** Enough that every race of the list shows. */
const histories = 240;

/** Ways to break the product on purpose, and the proof that has to notice each. */
export const mutations: readonly Mutation[] = [
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
    name: 'retires what a partial pass did not show',
    edits: [
      {
        file: 'packages/db/src/ledger/close-stream.ts',
        find: "close.status === 'complete' && counts.missing > 0",
        replace: 'counts.missing > 0',
      },
      {
        file: 'packages/db/src/ledger/close-stream.ts',
        find: "(status !== 'complete' || tally.missing === 0)",
        replace: 'tally.missing === 0',
      },
    ],
    proof: jest(ledgerTest, 'retires nothing in a pass with a gap'),
    because: /● .*retires nothing in a pass with a gap/,
  },
  {
    name: 'closes the gaps that a pass which broke off did not meet',
    edits: [
      {
        file: 'packages/db/src/ledger/close-stream.ts',
        find: "close.status !== 'failed' && closeGapsNotMet(transaction, stream, close.status),",
        replace: "closeGapsNotMet(transaction, stream, 'complete'),",
      },
    ],
    proof: jest(ledgerTest, 'leaves the gaps of earlier passes open when it broke off'),
    because: /● .*leaves the gaps of earlier passes open when it broke off/,
  },
  {
    name: 'leaves out the gap of a stream that could not be read',
    edits: [
      {
        file: 'packages/engine/src/run/failure.ts',
        find: "gaps: [prepareGap('*', failure.reason, failure.detail)],",
        replace: 'gaps: [],',
      },
    ],
    proof: jest('packages/engine/src/run/failure.test.ts', 'rate_limited is a gap'),
    because: /● .*rate_limited is a gap when the run has waited long enough/,
  },
  {
    name: 'stores no gap at all',
    edits: [
      {
        file: 'packages/db/src/ledger/record-gaps.ts',
        find: 'gap])).values()];',
        replace: 'gap])).values()].slice(0, 0);',
      },
    ],
    proof: truth('github', 'first . 403 '),
    because: /^\s+(untold|claimed|retired|verdict): /,
  },
  {
    name: 'moves the checkpoint before its rows are committed',
    edits: [
      {
        file: 'packages/engine/src/run/reading.ts',
        find: 'reading.committing = session.sink.commit(streamId, batcher.take(session.calls()));',
        replace: `const batch = batcher.take(session.calls());
  const empty = session.sink.commit(streamId, { ...batch, rows: [], gaps: [] });
  reading.committing = empty.then(() => session.sink.commit(streamId, batch));`,
      },
    ],
    proof: jest('packages/engine/src/run/reading.test.ts', 'loses no row that stood before a checkpoint'),
    because: /● .*loses no row that stood before a checkpoint/,
  },
  {
    name: 'takes a refusal for an empty list',
    edits: [
      {
        file: 'packages/engine/src/run/slice.ts',
        find: 'return await endBroken(reading, error);',
        replace: `if ((error as { code?: string }).code === 'permission_denied') return { summary: await closeRead(reading), pending: null };
    return await endBroken(reading, error);`,
      },
    ],
    proof: jest('packages/connectors/src/conformance-github.integration.test.ts', 'denied'),
    because: /● .*when it is denied/,
  },
  {
    name: 'believes a first listing without a total',
    edits: [
      {
        file: 'packages/engine/src/run/close.ts',
        find: 'if (!reading.isFirst || reading.expected !== null) return;',
        replace: 'return;',
      },
    ],
    proof: jest('packages/engine/src/run/close.test.ts', 'is not called complete where the provider states no total'),
    because: /● .*is not called complete where the provider states no total/,
  },
  {
    name: 'takes an empty answer for an empty list',
    edits: [
      {
        file: 'packages/connectors/src/github/client.ts',
        find: '  if (parsed.success) return parsed.data;',
        replace: `  if (data === '' || data === undefined) return [] as z.output<S>;
  if (parsed.success) return parsed.data;`,
      },
    ],
    proof: jest('packages/connectors/src/github/client.integration.test.ts', 'does not take an empty answer'),
    because: /● .*does not take an empty answer for an empty list/,
  },
  {
    name: 'takes an empty page for the last one',
    edits: [
      {
        file: 'packages/connectors/src/aws/pages.ts',
        find: 'if (token === undefined) return;',
        replace: 'if (token === undefined || page.items.length === 0) return;',
      },
    ],
    proof: jest('packages/connectors/src/aws/pages.test.ts', 'goes on behind an empty page'),
    because: /● .*goes on behind an empty page/,
  },
  {
    name: 'follows the next page to another host',
    edits: [
      {
        file: 'packages/connectors/src/github/client.ts',
        find: 'if (next.origin === new URL(first).origin) return next.href;',
        replace: 'if (next.href !== "") return next.href;',
      },
      {
        file: 'packages/engine/src/guard/destinations.ts',
        find: 'if (url.origin === origin) return;',
        replace: 'if (url.origin !== "") return;',
      },
    ],
    proof: truth('github', 'members . first . next page at another host'),
    because: /^\s+leaked: /,
  },
  {
    name: 'carries the credential over a redirect to another host',
    edits: [
      {
        file: 'packages/engine/src/guard/redirects.ts',
        find: 'if (url.origin !== outgoing.url.origin) {',
        replace: 'if (url.origin === "") {',
      },
      {
        file: 'packages/engine/src/guard/destinations.ts',
        find: 'if (url.origin === origin) return;',
        replace: "if (url.origin !== '') return;",
      },
    ],
    proof: truth('github', 'members . first . redirect to another host'),
    because: /^\s+leaked: /,
  },
  {
    name: 'comes back sooner than the provider asked',
    edits: [
      {
        file: 'packages/engine/src/guard/attempts.ts',
        find: "if (error.code === 'rate_limited') return hintedMs ?? (ceilingMs / 2) * (1 + random());",
        replace: "if (error.code === 'rate_limited') return (ceilingMs / 2) * (1 + random());",
      },
    ],
    proof: jest('packages/engine/src/guard/attempts.integration.test.ts', 'wait as long as the provider asks'),
    because: /● .*wait as long as the provider asks/,
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
