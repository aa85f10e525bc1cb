// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of programs
import { jest, type Mutation, truth } from './mutation.ts';

const ledgerTest = 'packages/db/src/ledger/ledger.integration.test.ts';
const partsTest = 'packages/db/src/judgement/parts.integration.test.ts';
const partsMigration = 'prisma/migrations/20261129000000_judged_parts/migration.sql';

/** What keeps evidence true, broken: absences, gaps, checkpoints, pages, where calls may go. */
export const mutationsOfEvidence: readonly Mutation[] = [
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
    name: 'lets the sums of a part stand though a population in it was judged again',
    edits: [
      {
        file: partsMigration,
        find: 'FROM judged GROUP BY 1, 2 ORDER BY 1, 2',
        replace: 'FROM judged WHERE false GROUP BY 1, 2',
      },
    ],
    proof: jest(partsTest, 'comes to what every row says'),
    because: /● .*comes to what every row says/,
  },
  {
    name: 'lets the sums of a part stand though an integration in it goes',
    edits: [
      {
        file: partsMigration,
        find: 'WHEN ((OLD.status, OLD.removed_at, OLD.connector) IS DISTINCT FROM (NEW.status, NEW.removed_at, NEW.connector))',
        replace: 'WHEN (false)',
      },
    ],
    proof: jest(partsTest, 'comes to what every row says'),
    because: /● .*comes to what every row says/,
  },
];
