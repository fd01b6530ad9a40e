// The model of each loop: its cycles, and those of what bounds it.
import { multiplyAddsOf, readLoops } from './kernel_loops.mjs';
import { KERNELS } from './kernels.mjs';
import { cyclesOf } from './mca.mjs';

/** Chains that do not wait for each other, as many as there are registers for, with one register each or two. */
const CHAINS = { one: 28, two: 14 };

/**
 * @typedef {object} ModelledLoop
 * @property {string} kernel
 * @property {'rows' | 'row' | 'pair'} loop
 * @property {string} routine
 * @property {string} tile
 * @property {string} cpu
 * @property {number} multiplyAdds of a pass
 * @property {number} cycles of a pass
 * @property {number} rate multiply-adds a cycle
 * @property {{ rate: number, kind: 'products' | 'loads' }} bound what the loop's products alone reach, in registers, or its loads
 * @property {number} stackAccesses
 */

/** The products on independent sums, and nothing else. */
function registersOnly(step) {
  const chains = step.join().includes('T.') ? CHAINS.two : CHAINS.one;
  return Array.from({ length: chains }, (_, i) =>
    step.map((text) =>
      text.replaceAll(
        /\b[NTAB]\./g,
        (name) => ({ 'N.': `v${i}.`, 'T.': `v${i + chains}.`, 'A.': 'v30.', 'B.': 'v31.' })[name],
      ),
    ),
  ).flat();
}

/** The loads of a loop, none of which waits for an address. */
const loadsOf = (body) => body.filter((text) => /^ld/.test(text)).map((text) => text.replace(/\[.*$/, '[x0]'));

/** The loop that stands for a routine: the one with the most multiply-adds for its instructions. */
function chooseLoop(loops, routine) {
  const candidates = loops.filter((loop) => loop.routine === routine);
  if (candidates.length === 0) throw new Error(`no loop of ${routine} multiplies`);
  const density = ({ multiplyAdds, body }) => multiplyAdds / body.length;
  return candidates.reduce((best, loop) => (density(loop) > density(best) ? loop : best));
}

/** The loops of one kernel on one CPU. */
function modelOn(cpu, kernel, chosen) {
  const peaks = chosen.map(({ step }) => registersOnly(step));
  const cycles = cyclesOf(
    cpu,
    chosen.flatMap(({ body }, i) => [peaks[i], body, loadsOf(body)]),
  );
  return chosen.map(({ body, step: _, ...rest }, i) => {
    const [ofPeak, ofLoop, ofLoads] = cycles.slice(3 * i);
    const products = peaks[i].reduce((sum, text) => sum + multiplyAddsOf(text), 0) / ofPeak;
    const loads = rest.multiplyAdds / ofLoads;
    const bound = loads < products ? { rate: loads, kind: 'loads' } : { rate: products, kind: 'products' };
    return { kernel, cpu, ...rest, cycles: ofLoop, rate: rest.multiplyAdds / ofLoop, bound };
  });
}

/**
 * Every kernel's loops on each of its CPUs.
 * @param {string} folder with the object files of an arm64 build
 * @returns {ModelledLoop[]}
 */
export function modelLoops(folder) {
  return Object.entries(KERNELS).flatMap(([kernel, { source, cpus, step, rows, row, pair }]) => {
    const loops = readLoops(folder, source);
    const chosen = Object.entries({ rows, row, ...(pair && { pair }) }).map(([loop, { routine, ...rest }]) => ({
      loop,
      step,
      ...rest,
      ...chooseLoop(loops, routine),
    }));
    return cpus.flatMap((cpu) => modelOn(cpu, kernel, chosen));
  });
}
