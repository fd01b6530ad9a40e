// Decides which units compute on integers: all weighted ones, and between them those where integers come in anyway.
import type { GraphIndex, Node } from '../model';
import type { StaticSettings } from './static_options';
import { inputsOf, outputsOf, type Unit } from './unit';

/** Copies that write no more values than they read, or from which all that is read is taken: integers may start before them. */
const MOVES = new Set([
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
  'Split',
  'DepthToSpace',
]);

/** Units that compute on integers whatever is around them. */
const isAlwaysInteger = ({ kind }: Unit, { embeddings }: StaticSettings): boolean =>
  kind === 'weighted' || kind === 'skip' || (kind === 'table' && embeddings);

/** The integer units of a graph, and which tensors have integers. */
export class IntegerRegions {
  readonly #index: GraphIndex;
  readonly #settings: StaticSettings;
  readonly #chosen = new Set<Unit>();
  /** By each tensor that a unit writes, behind its fold. */
  readonly #writers = new Map<string, Unit>();
  readonly #readers = new Map<string, Unit[]>();

  constructor(index: GraphIndex, units: Iterable<Unit>, settings: StaticSettings) {
    this.#index = index;
    this.#settings = settings;
    const all = [...units];
    for (const unit of all) {
      for (const name of outputsOf(unit)) this.#writers.set(name, unit);
      for (const name of inputsOf(unit)) this.#readers.set(name, [...(this.#readers.get(name) ?? []), unit]);
      if (isAlwaysInteger(unit, settings)) this.#chosen.add(unit);
    }
    const open = all.filter((unit) => !this.#chosen.has(unit));
    while (this.#grow(open));
  }

  has(unit: Unit): boolean {
    return this.#chosen.has(unit);
  }

  /** The integer unit that writes a tensor. */
  writer(name: string): Unit | undefined {
    const unit = this.#writers.get(name);
    return unit !== undefined && this.#chosen.has(unit) ? unit : undefined;
  }

  /** Integer units that read a tensor. */
  readers(name: string): readonly Unit[] {
    return (this.#readers.get(name) ?? []).filter((unit) => this.#chosen.has(unit));
  }

  /** True for activations that are quantized: something computes on their integers, or can only write integers. */
  isQuantized(name: string): boolean {
    return this.readers(name).length > 0 || this.#isBound(name) || this.isBoundary(name);
  }

  /** True where the integers of a tensor come out of an integer kernel, not out of a float tensor that is quantized. */
  isWrittenAsIntegers(name: string): boolean {
    const writer = this.writer(name);
    const { quantizeOutputs } = this.#settings.profile;
    return quantizeOutputs && writer !== undefined && writer.kind !== 'table' && this.isQuantized(name);
  }

  /** One round over what is still in float; true if something joined. */
  #grow(open: readonly Unit[]): boolean {
    let grown = false;
    for (const unit of open) {
      if (this.#chosen.has(unit) || !this.#joins(unit)) continue;
      this.#chosen.add(unit);
      grown = true;
    }
    return grown;
  }

  #joins(unit: Unit): boolean {
    const { profile, everything } = this.#settings;
    if (unit.kind === 'table' || !profile.quantizeOutputs) return false;
    const inputs = inputsOf(unit);
    if (everything && inputs.every((name) => this.#canBeIntegers(name))) return true;
    if (unit.node.opType === 'Softmax') return false;
    const wanted = outputsOf(unit).some((name) => this.readers(name).length > 0);
    if (unit.kind === 'copy') return inputs.every((name) => this.#comesAsIntegers(name)) || this.#canStartBefore(unit);
    const bound = inputs.filter((name) => this.#comesAsIntegers(name)).length;
    return bound === inputs.length || (bound > 0 && wanted);
  }

  /** A copy can move integers instead of floats if all that it writes, and nothing else, is read as integers. */
  #canStartBefore(unit: Unit): boolean {
    const [input] = inputsOf(unit) as [string];
    const allRead = (name: string) => {
      const uses = this.#index.uses(name);
      return !this.#index.isOutput(name) && uses.length > 0 && uses.every((use) => this.#readsIntegers(name, use.node));
    };
    return MOVES.has(unit.node.opType) && this.#canBeRead(input, unit.node) && outputsOf(unit).every(allRead);
  }

  /** A tensor in float has integers beside it; one that a kernel writes as either has integers for all or for none. */
  #canBeRead(name: string, reader: Node): boolean {
    if (this.writer(name) === undefined) return true;
    const others = this.#index.uses(name).filter(({ node }) => node !== reader);
    return !this.#index.isOutput(name) && others.every(({ node }) => this.#readsIntegers(name, node));
  }

  #readsIntegers(name: string, node: Node): boolean {
    return this.readers(name).some((unit) => unit.node === node);
  }

  /** Integers are there already: their writer has no float output, or somebody computes on them. */
  #comesAsIntegers(name: string): boolean {
    if (this.#isBound(name) || this.isBoundary(name)) return true;
    const writer = this.writer(name);
    return writer?.kind === 'weighted' && this.readers(name).length > 0;
  }

  #isBound(name: string): boolean {
    const writer = this.writer(name);
    return this.#settings.profile.quantizeOutputs && writer !== undefined && !writer.floatOutput;
  }

  /** Inputs and outputs of a graph that has integers there. */
  isBoundary(name: string): boolean {
    if (this.#settings.io === 'float') return false;
    const { inputs, outputs } = this.#index.graph;
    const info = inputs.find((one) => one.name === name) ?? outputs.find((one) => one.name === name);
    return info?.type?.kind === 'tensor' && info.type.elementType === 'float32';
  }

  #canBeIntegers(name: string): boolean {
    return this.writer(name) !== undefined || this.isQuantized(name);
  }
}
