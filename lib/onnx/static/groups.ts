// Tensors that share scale and zero point: what copies read and write, and what is concatenated.
import type { GraphIndex, Model } from '../model';
import type { TargetProfile } from '../targets';
import type { IntegerRegions } from './integer_regions';
import { inputsOf, outputsOf, type Unit } from './unit';

/** Sets of names that are merged. */
export class Groups {
  readonly #parent = new Map<string, string>();

  /** The first name of the set that `name` is in. */
  rootOf(name: string): string {
    let root = name;
    while (this.#parent.has(root)) root = this.#parent.get(root)!;
    return root;
  }

  /** Puts `name` and all that are with it to those of `first`. */
  join(first: string, name: string): void {
    const [to, from] = [this.rootOf(first), this.rootOf(name)];
    if (to !== from) this.#parent.set(from, to);
  }
}

/** A Concat whose inputs nobody else reads takes them in its own scale: then it only moves bytes. */
const isAlone = (index: GraphIndex, unit: Unit): boolean =>
  inputsOf(unit).every((name) => index.uses(name).length === 1 && !index.isOutput(name) && !index.isInput(name));

/** The groups of all quantized activations of a model. Where integers are copied, the one that is copied comes first. */
export function groupsOf(
  model: Model,
  index: GraphIndex,
  { units, regions }: { readonly units: ReadonlyMap<object, Unit>; readonly regions: IntegerRegions },
  { concat }: TargetProfile,
): Groups {
  const groups = new Groups();
  for (const node of model.graph.nodes) {
    const unit = units.get(node);
    if (unit === undefined || !regions.has(unit)) continue;
    if (unit.kind === 'copy') for (const output of outputsOf(unit)) groups.join(inputsOf(unit)[0]!, output);
    if (node.is('Concat') && unit.constants.length === 0 && (concat === 'equal' || isAlone(index, unit)))
      for (const name of inputsOf(unit)) groups.join(outputsOf(unit)[0]!, name);
  }
  return groups;
}
