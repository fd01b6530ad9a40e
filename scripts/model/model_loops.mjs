// The model of each loop: its cycles, and those of what bounds it.
import { multiplyAddsOf, readLoops } from './kernel_loops.mjs';
import { KERNELS } from './kernels.mjs';
import { cyclesOf } from './mca.mjs';

/** Chains that do not wait for each other, more than any of the CPUs has in flight. */
const CHAINS = 14;

/**
 * @typedef {object} ModelledLoop
 * @property {string} kernel
 * @property {'rows' | 'row'} loop
 * @property {string} routine
 * @property {string} tile
 * @property {string} cpu
 * @property {number} multiplyAdds of a pass
 * @property {number} cycles of a pass
 * @property {number} rate multiply-adds a cycle
 * @property {{ rate: number, kind: 'products' | 'loads' }} bound what the loop's products alone reach, in registers, or its loads
 * @property {number} stackAccesses
 */

/** The kernel's products on independent sums, and nothing else. */
function registersOnly({ step }) {
  return Array.from({ length: CHAINS }, (_, i) =>
    step.map((text) =>
      text.replaceAll(
        /\b[NTAB]\./g,
        (name) => ({ 'N.': `v${i}.`, 'T.': `v${i + CHAINS}.`, 'A.': 'v30.', 'B.': 'v31.' })[name],
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
  const peak = registersOnly(KERNELS[kernel]);
  const [peakCycles, ...cycles] = cyclesOf(cpu, [peak, ...chosen.flatMap(({ body }) => [body, loadsOf(body)])]);
  const products = peak.reduce((sum, text) => sum + multiplyAddsOf(text), 0) / peakCycles;
  return chosen.map(({ body, ...rest }, i) => {
    const loads = rest.multiplyAdds / cycles[2 * i + 1];
    const bound = loads < products ? { rate: loads, kind: 'loads' } : { rate: products, kind: 'products' };
    return { kernel, cpu, ...rest, cycles: cycles[2 * i], rate: rest.multiplyAdds / cycles[2 * i], bound };
  });
}

/**
 * Every kernel's loops on each of its CPUs.
 * @param {string} folder with the object files of an arm64 build
 * @returns {ModelledLoop[]}
 */
export function modelLoops(folder) {
  return Object.entries(KERNELS).flatMap(([kernel, { source, cpus, rows, row }]) => {
    const loops = readLoops(folder, source);
    const chosen = Object.entries({ rows, row }).map(([loop, { routine, tile }]) => ({
      loop,
      tile,
      ...chooseLoop(loops, routine),
    }));
    return cpus.flatMap((cpu) => modelOn(cpu, kernel, chosen));
  });
}
