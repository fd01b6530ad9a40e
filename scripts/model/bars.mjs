// Whether the modelled loops reach what they must.
import { LEAST_RATES, MOST_RATIOS } from './kernels.mjs';

const find = (loops, wanted) =>
  loops.find((loop) => loop.kernel === wanted.kernel && loop.cpu === wanted.cpu && loop.loop === wanted.loop);

/**
 * The cycles of a kernel over float32's, for as many multiply-adds, in whole tiles.
 * @param {readonly import('./model_loops.mjs').ModelledLoop[]} loops
 */
export function ratioToFloat32(loops, { kernel, cpu }) {
  return find(loops, { kernel: 'float32', cpu, loop: 'rows' }).rate / find(loops, { kernel, cpu, loop: 'rows' }).rate;
}

/**
 * What is missed, one sentence each.
 * @param {readonly import('./model_loops.mjs').ModelledLoop[]} loops
 * @returns {string[]}
 */
export function missedBars(loops) {
  const spills = loops
    .filter(({ stackAccesses }) => stackAccesses > 0)
    .map(({ kernel, routine, stackAccesses }) => `${kernel}: ${routine} uses the stack ${stackAccesses} times a pass`);
  const rates = LEAST_RATES.flatMap((bar) => {
    const { rate, routine } = find(loops, bar);
    if (rate >= bar.rate) return [];
    return [`${bar.kernel}: ${routine} on ${bar.cpu}: ${rate.toFixed(2)} multiply-adds a cycle, not ${bar.rate}`];
  });
  const ratios = MOST_RATIOS.flatMap((bar) => {
    const ratio = ratioToFloat32(loops, bar);
    if (ratio <= bar.ratio) return [];
    return [`${bar.kernel} on ${bar.cpu}: ${ratio.toFixed(2)} of float32's cycles, more than ${bar.ratio}`];
  });
  return [...new Set(spills), ...rates, ...ratios];
}
