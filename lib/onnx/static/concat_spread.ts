// Concat of tensors whose magnitudes lie far apart, such as boxes and scores: one scale for both would turn the small to 0.
import type { Sketch } from '../../calibrate';
import type { Node } from '../model';
import type { Plan } from './plan';
import type { Refusal } from './refusal';
import type { TensorRanges } from './static_options';
import { inputsOf, type Unit } from './unit';

/** Beyond this the smaller operand has fewer than 2 of its 8 bits left. */
const LARGEST_SPREAD = 64;

const concats = ({ units, regions }: Plan): Unit[] =>
  [...units.values()].filter((unit) => unit.node.is('Concat') && regions.has(unit));

/** Activations that integer Concats read: their magnitudes are compared. */
export function concatInputs(plan: Plan): string[] {
  return concats(plan).flatMap((unit) => inputsOf(unit));
}

/** Concats that stay in float, as their operands' largest magnitudes differ too much. */
export function spreadConcats(
  plan: Plan,
  sketches: ReadonlyMap<string, Sketch>,
  ranges: TensorRanges,
): Map<Node, Refusal> {
  const refused = new Map<Node, Refusal>();
  for (const unit of concats(plan)) {
    const magnitudes = inputsOf(unit).flatMap((name) => {
      const range = sketches.get(name)?.channels[0] ?? ranges.get(name);
      return range === undefined ? [] : Math.max(-range.min, range.max);
    });
    const [least, largest] = [Math.min(...magnitudes), Math.max(...magnitudes)];
    if (least > 0 && largest > LARGEST_SPREAD * least) refused.set(unit.node, spreadRefusal(largest, least));
  }
  return refused;
}

const spreadRefusal = (largest: number, least: number): Refusal => ({
  reason: `its operands reach ${largest.toPrecision(3)} and ${least.toPrecision(3)}: one scale would turn the smaller to 0`,
  rule: 'Q030',
  remedy: 'scale the operands alike, or read them as outputs of their own',
});
