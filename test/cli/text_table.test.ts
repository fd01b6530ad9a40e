import { describe, expect, it } from 'vitest';
import { formatTable } from '../../lib/cli/text_table';

describe('formatTable', () => {
  it('puts words to the left and numbers to the right, under their titles', () => {
    const table = formatTable(
      ['shape', 'time', 'GOPS'],
      [
        ['128 x 768', '17.2 us', '1,034'],
        ['1 x 64', '4 us', '-'],
      ],
    );
    expect(table).toBe('shape         time   GOPS\n128 x 768  17.2 us  1,034\n1 x 64        4 us      -\n');
  });

  it('takes ranges and signed numbers for numbers, not what only starts like one', () => {
    expect(
      formatTable(
        ['title', 'b'],
        [
          ['96.1-98.2 %', ''],
          ['-1', ''],
        ],
      ),
    ).toBe('      title  b\n96.1-98.2 %\n         -1\n');
    expect(
      formatTable(
        ['title', 'b'],
        [
          ['784-256-128', ''],
          ['2 words and more', ''],
        ],
      ),
    ).toBe('title             b\n784-256-128\n2 words and more\n');
  });

  it('lets a row of one cell be as wide as it likes', () => {
    expect(formatTable(['a', 'b'], [['a title of its own'], ['x', '1']])).toBe('a  b\na title of its own\nx  1\n');
  });

  it('leaves out what is optional where it would be too wide, and only there', () => {
    const [header, rows] = [['a', 'b', 'c'], [['xx', '10', 'yy']]];
    expect(formatTable(header, rows, { width: 10, optional: [1] })).toBe('a    b  c\nxx  10  yy\n');
    expect(formatTable(header, rows, { width: 9, optional: [1] })).toBe('a   c\nxx  yy\n');
  });

  it('leaves no space at the end of a line, and accepts short rows, no rows and long titles', () => {
    expect(formatTable(['a', 'a long title'], [['x'], ['y', '1']])).toBe('a  a long title\nx\ny             1\n');
    expect(formatTable(['a', 'b'], [])).toBe('a  b\n');
  });
});
