// Histograms in lines of text.
import { describe, expect, it } from 'vitest';
import { columnCounts } from '../../lib/calibrate/histogram_columns';
import { formatReal } from '../../lib/cli/format_real';
import { drawHistogram } from '../../lib/cli/terminal_histogram';

const part = { counts: [0, 4, 8, 0], limit: 2, from: -2, to: 2 };

describe('columnCounts', () => {
  it('shares bins among columns, and leaves out what is not shown', () => {
    expect(columnCounts(part, 4)).toEqual([0, 4, 8, 0]);
    expect(columnCounts(part, 2)).toEqual([4, 8]);
    expect(columnCounts(part, 8)).toEqual([0, 0, 2, 2, 4, 4, 0, 0]);
    expect(columnCounts({ ...part, from: 0, to: 1 }, 2)).toEqual([4, 4]);
  });
});

describe('drawHistogram', () => {
  it('draws bars, an axis and marks', () => {
    const marks = [-2, 1, 1.1, 0, 2.5].map((value, i) => ({ value, letter: 'abcde'[i]! }));
    const lines = drawHistogram({ ...part, counts: [0, 0, 9, 9] }, marks, { width: 12, unicode: false });
    expect(lines).toEqual([
      ...Array.from({ length: 8 }, () => '      ######'),
      '------------',
      '-2    0    2',
      'a     d  +',
    ]);
  });

  it('draws eighths where the terminal has them, and nothing of nothing', () => {
    const lines = drawHistogram({ ...part, counts: [1, 0, 0, 1e6] }, [], { width: 4, unicode: true });
    expect(lines[0]).toBe('   █');
    expect(lines[7]).toBe('▃  █');
    const empty = drawHistogram({ ...part, counts: [0, 0] }, [], { width: 4, unicode: true });
    expect(empty.slice(0, 8).join('')).toBe('');
  });
});

it.each([
  [0, '0'],
  [null, '-'],
  [1234567, '1235000'],
  [0.00392156, '0.003922'],
  [1.5e-9, '1.5e-9'],
  [-3, '-3'],
  [100, '100'],
  [Infinity, 'Inf'],
])('formatReal(%s) is %s', (value, text) => {
  expect(formatReal(value)).toBe(text);
});
