import { expect, it } from '@jest/globals';
import type { PreparedRow } from '../ports.ts';
import { createBatcher } from './batcher.ts';

const limits = { rows: 3, bytes: 100, ageMs: 1_000 };
const fresh = { watermark: null, watermarkIsNew: false };

function row(id: number, bytes = 10): PreparedRow {
  return {
    key: [id],
    keySha: new Uint8Array([id]),
    hash: new Uint8Array(),
    material: `{"id":${id}}`,
    observed: '{}',
    bytes,
  };
}

it('is full by rows and gaps together', () => {
  const batcher = createBatcher(limits, fresh);
  batcher.addRow(row(1), null);
  batcher.addRow(row(2), null);
  expect(batcher.isFull).toBe(false);
  batcher.addGap({ scope: 'x', reason: 'malformed', detail: '', keySha: null });
  expect(batcher.isFull).toBe(true);
});

it('is full by bytes, a replaced row counting once', () => {
  const batcher = createBatcher(limits, fresh);
  batcher.addRow(row(1, 90), null);
  batcher.addRow(row(1, 95), null);
  expect(batcher.isFull).toBe(false);
  batcher.addRow(row(2, 5), null);
  expect(batcher.isFull).toBe(true);
});

it('carries the highest cursor on and forgets the rest', () => {
  const batcher = createBatcher(limits, fresh);
  batcher.addRow(row(1), '2026-02');
  batcher.addRow(row(2), '2026-01');
  batcher.setCheckpoint('page 2');
  expect(batcher.take([])).toMatchObject({ rows: [row(1), row(2)], checkpoint: 'page 2', watermark: '2026-02' });
  expect(batcher.isEmpty).toBe(true);
  expect(batcher.take([])).toEqual({
    rows: [],
    gaps: [],
    checkpoint: null,
    watermark: '2026-02',
    expected: null,
    calls: [],
  });
});

it('has something to commit when only the watermark is new to this run', () => {
  expect(createBatcher(limits, { watermark: '2026', watermarkIsNew: true }).isEmpty).toBe(false);
});
