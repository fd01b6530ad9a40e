// The models as Markdown tables.

import { ratioToFloat32 } from './bars.mjs';
import { MOST_RATIOS } from './kernels.mjs';

const LEFT = '---';
const RIGHT = '---:';

/** Columns are padded, as the other tables of the document are. */
function markdownTable(head, aligned, rows) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length), 4));
  const line = (cells) =>
    `| ${cells.map((cell, i) => (aligned[i] === RIGHT ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (aligned[i] === RIGHT ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** @param {readonly import('./model_loops.mjs').ModelledLoop[]} loops */
export function loopTable(loops) {
  return markdownTable(
    ['kernel', 'tile', 'CPU model', 'multiply-adds', 'cycles', 'a cycle', 'bound', 'of it', 'on the stack'],
    [LEFT, LEFT, LEFT, RIGHT, RIGHT, RIGHT, LEFT, RIGHT, RIGHT],
    loops.map(({ kernel, tile, cpu, multiplyAdds, cycles, rate, bound, stackAccesses }) => [
      `\`${kernel}\``,
      tile,
      cpu,
      `${multiplyAdds}`,
      cycles.toFixed(1),
      rate.toFixed(2),
      `${bound.rate.toFixed(2)}, ${bound.kind}`,
      `${((100 * rate) / bound.rate).toFixed(0)} %`,
      `${stackAccesses}`,
    ]),
  );
}

/** @param {readonly import('./model_loops.mjs').ModelledLoop[]} loops */
export function ratioTable(loops) {
  return markdownTable(
    ['kernel', 'CPU model', 'of the cycles of float32', 'at most'],
    [LEFT, LEFT, RIGHT, RIGHT],
    MOST_RATIOS.map((bar) => [
      `\`${bar.kernel}\``,
      bar.cpu,
      ratioToFloat32(loops, bar).toFixed(2),
      bar.ratio.toFixed(2),
    ]),
  );
}

const milliseconds = (seconds) => (seconds * 1e3).toPrecision(2);

/** @param {readonly import('./raspberry_pi.mjs').LayerTime[]} times */
export function layerTable(times) {
  const clocks = [...new Set(times.map(({ clock }) => clock))];
  const lines = new Map();
  for (const { layer, type, threads, clock, fast, slow } of times) {
    const name = [`${layer.m} x ${layer.k} x ${layer.n}`, `${threads}`, type].join('\n');
    const range = lines.get(name) ?? new Map();
    lines.set(name, range.set(clock, `${milliseconds(fast)} to ${milliseconds(slow)} ms`));
  }
  return markdownTable(
    ['m x k x n', 'threads', 'type', ...clocks.map((clock) => `at ${clock / 1e9} GHz`)],
    [LEFT, RIGHT, LEFT, ...clocks.map(() => RIGHT)],
    [...lines].map(([name, range]) => [...name.split('\n'), ...clocks.map((clock) => range.get(clock))]),
  );
}
