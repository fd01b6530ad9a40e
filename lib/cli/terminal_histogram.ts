// A histogram in lines of text, with marks below it.
import { columnCounts, type HistogramPart } from '../calibrate/histogram_columns';
import { formatReal } from './format_real';

/** Eighths of a character cell, from the bottom. */
const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ROWS = 8;

export interface Mark {
  readonly value: number;
  readonly letter: string;
}

export interface HistogramLook {
  /** Columns. */
  readonly width: number;
  /** Blocks of eighths, else only #. */
  readonly unicode: boolean;
}

/** Heights from 0 to 1, by the logarithm of the counts: of a normal distribution's tails nothing would be seen otherwise. */
export function heightsOf(counts: readonly number[]): number[] {
  const top = Math.log1p(Math.max(0, ...counts));
  return counts.map((count) => (top === 0 ? 0 : Math.log1p(count) / top));
}

function barLines(heights: readonly number[], { unicode }: HistogramLook): string[] {
  const steps = unicode ? 8 : 1;
  const levels = heights.map((height) => (height === 0 ? 0 : Math.max(1, Math.round(height * ROWS * steps))));
  return Array.from({ length: ROWS }, (_, row) => {
    const below = (ROWS - 1 - row) * steps;
    const cell = (level: number): string => {
      const filled = Math.max(0, Math.min(steps, level - below));
      return unicode ? BLOCKS[filled]! : filled > 0 ? '#' : ' ';
    };
    return levels.map(cell).join('').trimEnd();
  });
}

/** The letters of the marks under their places, those that are shown; '+' where several fall on one. */
function markLine(marks: readonly Mark[], { from, to }: HistogramPart, width: number): string {
  const cells = new Array<string>(width).fill(' ');
  for (const { value, letter } of marks) {
    if (value < from || value > to) continue;
    const column = Math.min(width - 1, Math.floor(((value - from) / (to - from)) * width));
    cells[column] = cells[column] === ' ' || cells[column] === letter ? letter : '+';
  }
  return cells.join('').trimEnd();
}

/** The ends of the axis, and 0 between them where there is room. */
function axisLine({ from, to }: HistogramPart, width: number): string {
  const [left, right] = [formatReal(from), formatReal(to)];
  const zero = Math.floor((-from / (to - from)) * width);
  const gap = ' '.repeat(Math.max(1, width - left.length - right.length));
  const line = left + gap + right;
  const free = zero > left.length && zero < width - right.length - 1;
  return free ? `${line.slice(0, zero)}0${line.slice(zero + 1)}` : line;
}

/** The histogram's lines: bars whose height is logarithmic, an axis with the range shown, and a line of marks. */
export function drawHistogram(part: HistogramPart, marks: readonly Mark[], look: HistogramLook): string[] {
  const heights = heightsOf(columnCounts(part, look.width));
  const rule = (look.unicode ? '─' : '-').repeat(look.width);
  return [...barLines(heights, look), rule, axisLine(part, look.width), markLine(marks, part, look.width)];
}
