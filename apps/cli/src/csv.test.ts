import { describe, expect, it } from '@jest/globals';
import { csvCell } from './csv.ts';

describe('a CSV cell', () => {
  it('is quoted where it holds a separator, a quote or a line break', () => {
    expect(csvCell('plain')).toBe('plain');
    expect(csvCell('a,b')).toBe('"a,b"');
    expect(csvCell('say "no"')).toBe('"say ""no"""');
    expect(csvCell('two\nlines')).toBe('"two\nlines"');
  });

  it('never runs as a formula', () => {
    for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) expect(csvCell(formula)).toMatch(/^"?'/);
  });
});
