// Which way to round each weight of an output: the quadratic problem over rounding down or up of M. Nagel et al., Up or
// Down? Adaptive Rounding for Post-Training Quantization, 2020, solved by descending one weight at a time.
import { roundHalfToEven } from '../../quantize/affine_params';

export interface Rounding {
  /** Weights over their scales, plus the zero point. */
  readonly targets: Float64Array;
  /** The scale of each weight. */
  readonly scales: Float64Array;
  /** Row-major [length, length]: what errors in two weights cost together. */
  readonly gram: ArrayLike<number>;
  /** Added to the diagonal: what a few samples say is not the whole truth. */
  readonly damping: number;
  readonly low: number;
  readonly high: number;
}

export interface RoundingProblem extends Rounding {
  /** Integers, and what they are off in weights. */
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

const MOST_SWEEPS = 30;

/** Rounds to the nearest integer of the range. */
export function nearest(rounding: Rounding): RoundingProblem {
  const { targets, scales, low, high } = rounding;
  const values = targets.map((target) => Math.min(Math.max(roundHalfToEven(target), low), high));
  const errors = values.map((value, k) => (value - (targets[k] as number)) * (scales[k] as number));
  return { ...rounding, values, errors };
}

/** Above this length, pairs are too many to be tried. */
const LONGEST_OF_PAIRS = 512;
const MOST_PAIR_SWEEPS = 6;

/** A descent from the nearest integers: what changing each weight would cost follows every change. */
class Descent {
  readonly values: Float64Array;
  readonly #problem: RoundingProblem;
  readonly #gradient: Float64Array;
  /** What a change to the other neighbour adds to each weight; 0 where there is none within the range. */
  readonly #steps: Float64Array;

  constructor(problem: RoundingProblem, gradient: Float64Array) {
    this.values = problem.values.slice();
    this.#problem = problem;
    this.#gradient = gradient;
    this.#steps = this.values.map((_, k) => this.#stepOf(k));
  }

  #stepOf(k: number): number {
    const { targets, scales, low, high } = this.#problem;
    const [target, value] = [targets[k] as number, this.values[k] as number];
    const other = value > target ? value - 1 : value + 1;
    const outside = value === target || other < low || other > high || Math.abs(other - target) >= 1;
    return outside ? 0 : (other - value) * (scales[k] as number);
  }

  /** What changing a weight adds to the error. */
  #cost(k: number): number {
    const { gram, damping } = this.#problem;
    const step = this.#steps[k] as number;
    const own = (gram[k * this.values.length + k] as number) + damping;
    return step * (2 * (this.#gradient[k] as number) + step * own);
  }

  #change(k: number): void {
    const { gram, damping, scales } = this.#problem;
    const [step, gradient, length] = [this.#steps[k] as number, this.#gradient, this.values.length];
    for (let i = 0, at = k * length; i < length; i++, at++)
      gradient[i] = (gradient[i] as number) + step * (gram[at] as number);
    gradient[k] = (gradient[k] as number) + step * damping;
    this.values[k] = (this.values[k] as number) + Math.sign(step) * Math.round(Math.abs(step) / (scales[k] as number));
    this.#steps[k] = this.#stepOf(k);
  }

  /** Changes each weight that lowers the error alone; false if there was none. */
  single(least: number): boolean {
    let changed = false;
    for (let k = 0; k < this.values.length; k++) {
      if (this.#steps[k] === 0 || !(this.#cost(k) < -least)) continue;
      this.#change(k);
      changed = true;
    }
    return changed;
  }

  /** Changes each weight together with the one that it lowers the error most with. */
  pairs(least: number): boolean {
    const { gram } = this.#problem;
    const length = this.values.length;
    const costs = this.values.map((_, k) => this.#cost(k));
    let changed = false;
    for (let k = 0; k < length; k++) {
      const step = this.#steps[k] as number;
      if (step === 0) continue;
      let [best, partner] = [-least, -1];
      for (let i = 0, at = k * length; i < length; i++, at++) {
        const other = this.#steps[i] as number;
        if (other === 0 || i === k) continue;
        const cost = (costs[k] as number) + (costs[i] as number) + 2 * step * other * (gram[at] as number);
        if (cost < best) [best, partner] = [cost, i];
      }
      if (partner < 0) continue;
      this.#change(k);
      this.#change(partner);
      for (let i = 0; i < length; i++) costs[i] = this.#cost(i);
      changed = true;
    }
    return changed;
  }
}

/**
 * Integers next to the targets, whose error on the rows behind the Gram matrix no change of a single one lowers, nor of two
 * where they are few enough; never above that of the nearest, where the descent begins. Deterministic.
 * @param gradient (gram + damping) · errors, which is overwritten
 */
export function descend(problem: RoundingProblem, gradient: Float64Array): Float64Array {
  const descent = new Descent(problem, gradient);
  const length = descent.values.length;
  const start = problem.errors.reduce((sum, error, k) => sum + error * (gradient[k] as number), 0);
  // Below this, rounding errors decide, and a descent might go round in circles.
  const least = 1e-9 * Math.abs(start);
  let pairSweeps = length <= LONGEST_OF_PAIRS ? MOST_PAIR_SWEEPS : 0;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    if (descent.single(least)) continue;
    if (pairSweeps-- <= 0 || !descent.pairs(least)) break;
  }
  return descent.values;
}
