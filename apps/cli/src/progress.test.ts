import { describe, expect, it } from '@jest/globals';
import { plain } from './output.ts';
import { type ProgressRow, renderProgress } from './progress.ts';

const row = (over: Partial<ProgressRow>): ProgressRow => ({
  ...{ title: 'github', state: 'running', closed: 1, opened: 2, seen: 30, added: 3, changed: 2, retired: 1, gaps: 0 },
  ...over,
});

describe('a live view', () => {
  it('tells state, slices and counts of each row, in columns', () => {
    const [first = '', second = ''] = renderProgress([row({}), row({ title: 'aws production', gaps: 4 })]);
    expect(first).toContain('● github          running');
    expect(first).toContain('1/2');
    expect(first).toContain('30 seen  +3  ~2  -1');
    expect(second).toContain('4 gaps');
    expect(first.indexOf('30 seen')).toBe(second.indexOf('30 seen'));
  });

  it('stays within the width of the terminal', () => {
    const lines = renderProgress([row({ note: 'x'.repeat(300) })], { width: 80 });
    expect(lines.every((line) => line.length < 80)).toBe(true);
  });

  it('lets no text of a provider move the cursor', () => {
    const [line = ''] = renderProgress([row({ note: 'a\u001B[2Jb\u0007' })]);
    expect(line).not.toContain('\u001B[2J');
    expect(plain('a\u009Bb\rc')).toBe('a\uFFFDb\uFFFDc');
  });
});
