import { type Absence, type Batch, type CloseStream, FenceLostError, type PreparedGap, type Sink } from '../ports.ts';
import type { MemoryHead, MemoryLedger, MemoryStreamRun } from './memory-ledger.ts';

export interface MemorySink extends Sink {
  /** As if another worker had claimed the run: every further call throws FenceLostError. */
  loseFence(): void;
  /** Called before each write takes effect; may wait, or throw. */
  beforeWrite: (call: 'open' | 'commit' | 'close') => Promise<void> | void;
}

/** The sink's contract over a ledger in memory, for one attempt. */
export function createMemorySink(ledger: MemoryLedger, run: string): MemorySink {
  let fenced = false;
  async function write(call: 'open' | 'commit' | 'close'): Promise<void> {
    await sink.beforeWrite(call);
    if (fenced) throw new FenceLostError('another worker has the run');
  }
  const sink: MemorySink = {
    beforeWrite: () => {},
    loseFence() {
      fenced = true;
    },
    async open({ type, mode, slice }) {
      await write('open');
      const own = ledger.streamRuns.find((one) => one.run === run && one.type === type && one.slice === slice);
      const streamRun = own ?? newStreamRun(ledger, { run, type, mode, slice });
      const { id, status, checkpoint, expected, watermark, gaps } = streamRun;
      const last = ledger.streamRuns.findLast(
        (one) => one.type === type && one.slice === slice && (one.status === 'complete' || one.carriesOn),
      );
      const since = last?.watermark ?? null;
      const sinceAt = last?.openedAt ?? null;
      const state = status === null ? 'open' : 'closed';
      const wasRead = ledger.streamRuns.some(
        (one) => one.run !== run && one.type === type && one.slice === slice && readToItsEnd.has(one.status),
      );
      const isFirst = ledger.tellsFirst && !wasRead;
      return { id, state, status, checkpoint, gaps: gaps.size, expected, watermark, since, sinceAt, isFirst };
    },
    async commit(streamId, batch) {
      await write('commit');
      commit(ledger, find(ledger, streamId), batch);
    },
    async absence(streamId) {
      await write('commit');
      return absenceOf(ledger, find(ledger, streamId));
    },
    async close(streamId, close) {
      await write('close');
      const streamRun = find(ledger, streamId);
      if (streamRun.status !== null) throw new Error(`${streamId} is closed already`);
      if (close.status === 'complete' && streamRun.mode === 'snapshot') retire(ledger, streamRun, close);
      closeGaps(ledger, streamRun, close.status);
      streamRun.carriesOn =
        close.status === 'complete' &&
        streamRun.gaps.size > 0 &&
        [...streamRun.gaps].every(({ reason }) => reason === 'forgotten');
      streamRun.status = close.status === 'complete' && streamRun.gaps.size > 0 ? 'partial' : close.status;
      streamRun.error = close.error;
      return { ...streamRun.counts, seen: streamRun.seen.size, gaps: streamRun.gaps.size };
    },
    async closeSlices(type, slices) {
      await write('close');
      closeSlices(ledger, { run, type, slices });
    },
  };
  return sink;
}

const readToItsEnd: ReadonlySet<MemoryStreamRun['status']> = new Set(['complete', 'partial']);

function newStreamRun(
  ledger: MemoryLedger,
  stream: Pick<MemoryStreamRun, 'run' | 'type' | 'mode' | 'slice'>,
): MemoryStreamRun {
  const streamRun: MemoryStreamRun = {
    ...stream,
    id: `${stream.run} ${stream.type} ${stream.slice}`,
    openedAt: ledger.now(),
    carriesOn: false,
    status: null,
    error: null,
    checkpoint: null,
    watermark: null,
    expected: null,
    batches: [],
    seen: new Set(),
    gaps: new Set(),
    counts: { seen: 0, added: 0, changed: 0, unchanged: 0, retired: 0, gaps: 0 },
  };
  ledger.streamRuns.push(streamRun);
  return streamRun;
}

function find(ledger: MemoryLedger, streamId: string): MemoryStreamRun {
  const streamRun = ledger.streamRuns.find(({ id }) => id === streamId);
  if (!streamRun) throw new Error(`no stream run ${streamId}`);
  return streamRun;
}

function commit(ledger: MemoryLedger, streamRun: MemoryStreamRun, batch: Batch): void {
  if (streamRun.status !== null) throw new Error(`${streamRun.id} is closed already`);
  streamRun.batches.push(batch.rows.length);
  for (const row of batch.rows) commitRow(ledger, streamRun, row);
  for (const gap of batch.gaps) openGap(ledger, streamRun, gap);
  streamRun.checkpoint = batch.checkpoint ?? streamRun.checkpoint;
  streamRun.watermark = batch.watermark ?? streamRun.watermark;
  streamRun.expected = batch.expected ?? streamRun.expected;
}

function commitRow(ledger: MemoryLedger, streamRun: MemoryStreamRun, row: Batch['rows'][number]): void {
  const { run, type, slice, counts } = streamRun;
  const keySha = hex(row.keySha);
  const hash = hex(row.hash);
  const head = ledger.heads.get(`${type} ${keySha}`);
  streamRun.seen.add(keySha);
  if (head?.version.hash === hash) {
    Object.assign(head, { slice, observed: JSON.parse(row.observed), missedBy: null });
    counts.unchanged += 1;
    return;
  }
  if (head) end(head, run, 'changed');
  const { key } = row;
  const [material, observed] = [JSON.parse(row.material), JSON.parse(row.observed)];
  const version = { type, slice, keySha, hash, key, material, from: run, to: null, endReason: null };
  ledger.versions.push(version);
  ledger.heads.set(`${type} ${keySha}`, { version, slice, observed, missedBy: null });
  counts[head ? 'changed' : 'added'] += 1;
}

function openGap(ledger: MemoryLedger, streamRun: MemoryStreamRun, gap: PreparedGap): void {
  const { run, type, slice } = streamRun;
  const known = ledger
    .openGaps(type)
    .find((one) => one.slice === slice && one.scope === gap.scope && one.reason === gap.reason);
  const keySha = gap.keySha && hex(gap.keySha);
  const opened = known ?? { ...gap, type, slice, keySha, openedBy: run, closedBy: null };
  if (!known) ledger.gaps.push(opened);
  streamRun.gaps.add(opened);
}

function missingFrom(ledger: MemoryLedger, { type, slice, seen }: MemoryStreamRun): MemoryHead[] {
  return ledger.headsOf(type, slice).filter(({ version }) => !seen.has(version.keySha));
}

function absenceOf(ledger: MemoryLedger, streamRun: MemoryStreamRun): Absence {
  const missing = missingFrom(ledger, streamRun);
  const baseline = ledger.headsOf(streamRun.type, streamRun.slice).length;
  const mass = missing.length > Math.max(10, baseline * 0.2);
  const candidates = missing.map(({ version: { keySha, key, material } }) => ({
    keySha: Uint8Array.from(Buffer.from(keySha, 'hex')),
    key,
    material,
  }));
  return { seen: streamRun.seen.size, baseline, missing: missing.length, mass, candidates: mass ? [] : candidates };
}

/** A missing resource ends when it is proven gone or a second complete pass misses it; a mass of them does not end at all. */
function retire(ledger: MemoryLedger, streamRun: MemoryStreamRun, close: CloseStream): void {
  const { run, type, counts } = streamRun;
  if (absenceOf(ledger, streamRun).mass) {
    openGap(ledger, streamRun, { scope: '*', reason: 'mass_absence', detail: 'Too much is missing.', keySha: null });
    return;
  }
  const gone = new Set(close.gone.map(hex));
  for (const head of missingFrom(ledger, streamRun)) {
    const { keySha, key } = head.version;
    if (gone.has(keySha) || (head.missedBy !== null && head.missedBy !== run)) {
      end(head, run, gone.has(keySha) ? 'deleted' : 'no_longer_visible');
      ledger.heads.delete(`${type} ${keySha}`);
      counts.retired += 1;
      continue;
    }
    head.missedBy = run;
    const sha = Buffer.from(keySha, 'hex');
    openGap(ledger, streamRun, {
      scope: key.join('/'),
      reason: 'absence_unproven',
      detail: 'Not listed.',
      keySha: sha,
    });
  }
}

/** A complete pass closes every gap it did not show again; a partial one only those of resources it has read. */
function closeGaps(ledger: MemoryLedger, streamRun: MemoryStreamRun, status: CloseStream['status']): void {
  const { run, type, slice, seen, gaps } = streamRun;
  if (status === 'failed') return;
  for (const gap of ledger.openGaps(type)) {
    if (gap.slice !== slice || gaps.has(gap)) continue;
    if (status === 'complete' || (gap.keySha !== null && seen.has(gap.keySha))) gap.closedBy = run;
  }
}

function closeSlices(ledger: MemoryLedger, listed: { run: string; type: string; slices: readonly string[] }): void {
  const { run, type, slices } = listed;
  const known = ledger.streamRuns.filter((one) => one.type === type && !slices.includes(one.slice));
  for (const streamRun of new Map(known.map((one) => [one.slice, one])).values()) {
    if (streamRun.mode === 'snapshot' && ledger.headsOf(type, streamRun.slice).length > 0) {
      const detail = 'No longer listed.';
      openGap(ledger, { ...streamRun, run }, { scope: '*', reason: 'absence_unproven', detail, keySha: null });
      continue;
    }
    for (const gap of ledger.openGaps(type)) if (gap.slice === streamRun.slice) gap.closedBy = run;
  }
}

function end(head: MemoryHead, run: string, reason: 'changed' | 'deleted' | 'no_longer_visible'): void {
  head.version.to = run;
  head.version.endReason = reason;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
