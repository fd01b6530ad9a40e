// Writes the quantized graph: the nodes of the prepared one in their order, between Q/DQ where the plan says so.

import type { Sketch } from '../../calibrate';
import type { ByteType } from '../../quantize';
import { type Graph, Node, type ValueInfo } from '../model';
import { saturatesAt } from './clip_fold';
import { GraphBuilder, type QuantizedNames } from './graph_builder';
import { Parameters } from './parameters';
import type { Plan } from './plan';
import type { StaticSettings } from './static_options';
import { outputsOf, type Unit } from './unit';
import { clipBounds } from './units_of';

export class GraphEmitter {
  readonly parameters: Parameters;
  readonly #plan: Plan;
  readonly #settings: StaticSettings;
  readonly #builder: GraphBuilder;
  readonly #integers = new Map<string, string>();
  readonly #reals = new Map<string, string>();
  /** Relu and Clip that quantization has replaced. */
  readonly #dropped = new Set<Node>();
  readonly #weightReals = new Map<string, string>();

  constructor(plan: Plan, settings: StaticSettings, sketches: ReadonlyMap<string, Sketch>) {
    this.#plan = plan;
    this.#settings = settings;
    this.#builder = new GraphBuilder(plan.model.graph);
    this.parameters = new Parameters(plan, settings, sketches, this.#builder);
  }

  /** A graph of the plan. Throws ERR_NO_CALIBRATION_DATA. */
  emit(): Graph {
    const { graph } = this.#plan.model;
    for (const { name } of graph.inputs) this.#emitInput(name);
    for (const node of graph.nodes) if (!this.#dropped.has(node)) this.#emitNode(node);
    const result = graph.clone();
    result.inputs = result.inputs.map((input) => this.#boundary(input));
    result.outputs = result.outputs.map((output) => this.#boundary(output));
    result.nodes = this.#builder.nodes;
    result.initializers = this.#builder.initializers;
    result.valueInfo = new Map();
    return result;
  }

  #emitNode(node: Node): void {
    const unit = this.#plan.units.get(node);
    if (this.#isIdentity(node)) this.#emitIdentity(node);
    else if (unit === undefined || !this.#plan.regions.has(unit)) this.#emitFloat(node);
    else if (unit.kind === 'copy') this.#emitCopy(unit);
    else if (unit.kind === 'table') this.#emitTable(unit);
    else this.#emitInteger(unit);
  }

  #emitFloat(node: Node): void {
    const copy = node.clone();
    copy.inputs = node.inputs.map((name) => this.#floatOf(name));
    copy.outputs = node.outputs.map((name) => (this.#plan.regions.isBoundary(name) ? this.#rawName(name) : name));
    this.#builder.nodes.push(copy);
    node.outputs.forEach((name, i) => {
      this.#afterFloat(name, copy.outputs[i]);
    });
  }

  /**
   * A Relu or Clip that leaves the integers of its input as they are, and writes an integer output of the graph. onnxruntime
   * takes it away, and then a pair that the output needs: such models fail to load, or crash it.
   */
  #isIdentity(node: Node): boolean {
    const { groups, regions, index } = this.#plan;
    const [input, output] = [node.inputs[0]!, node.outputs[0]!];
    if (!(node.is('Relu') || node.is('Clip')) || !regions.isBoundary(output) || !groups.has(input)) return false;
    if (!regions.isWrittenAsIntegers(input) && !regions.isBoundary(input)) return false;
    const [from, to] = [this.parameters.activation(input), this.parameters.activation(output)];
    const isEqual = from.scale[0] === to.scale[0] && from.zeroPoint[0] === to.zeroPoint[0] && from.type === to.type;
    const bounds = clipBounds(index, node);
    return isEqual && bounds !== undefined && saturatesAt(from, bounds);
  }

  #emitIdentity({ name, inputs, outputs }: Node): void {
    const [input, output] = [inputs[0]!, outputs[0]!];
    const parts = { name, inputs: [this.#integerName(input)], outputs: [this.#integerName(output)] };
    this.#builder.nodes.push(new Node({ opType: 'Identity', ...parts }));
    this.#afterIntegers(output, undefined);
  }

  #emitInput(name: string): void {
    if (this.#plan.regions.isBoundary(name)) {
      if (!this.#keepsIntegers(name)) this.#builder.shiftSign(name, this.#integerName(name), this.#typeOf(name));
      this.#dequantize(name, undefined);
    } else this.#afterFloat(name);
  }

  /** True for an integer input or output whose type is that of the integers within. */
  #keepsIntegers(name: string): boolean {
    return this.#plan.regions.isBoundary(name) && this.#typeOf(name) === this.#settings.io;
  }

  #typeOf(name: string): ByteType {
    return this.parameters.activation(name).type as ByteType;
  }

  /** The type of an input or output that is integer. */
  #boundary(info: ValueInfo): ValueInfo {
    if (!this.#plan.regions.isBoundary(info.name) || info.type?.kind !== 'tensor') return info;
    return { name: info.name, type: { ...info.type, elementType: this.#settings.io as ByteType } };
  }

  #emitInteger(unit: Unit): void {
    const { node, fold } = unit;
    const copy = node.clone();
    for (const place of unit.activations) copy.inputs[place] = this.#reals.get(node.inputs[place]!)!;
    for (const place of unit.constants) copy.inputs[place] = this.#constant(this.parameters.operand(node, place).names);
    if (unit.weight !== undefined) copy.inputs[unit.weight] = this.#weights(unit);
    if (unit.bias !== undefined && this.#settings.profile.bias === 'int32') copy.inputs[unit.bias] = this.#bias(unit);
    this.#builder.nodes.push(copy);
    const [output] = outputsOf(unit) as [string];
    if (!this.#plan.regions.isWrittenAsIntegers(output)) this.#afterFloat(node.outputs[0]!);
    else if (fold === undefined) {
      copy.outputs[0] = this.#rawName(output);
      this.#quantized(output, copy.outputs[0], this.#keepsName(output) ? output : undefined);
    } else if (this.#replaces(fold)) {
      this.#dropped.add(fold);
      this.#quantized(output, node.outputs[0]!, this.#keepsName(output) ? output : undefined);
    }
  }

  /** Integers go through: the node reads and writes them as they are, or where a runtime knows only that, between Q/DQ. */
  #emitCopy(unit: Unit): void {
    const { node } = unit;
    const copy = node.clone();
    const { integerCopies } = this.#settings.profile;
    const [input] = node.inputs as [string];
    copy.inputs[0] = integerCopies ? this.#integerName(input) : this.#reals.get(input)!;
    const nameOf = (name: string) => (integerCopies ? this.#integerName(name) : this.#rawName(name));
    copy.outputs = node.outputs.map((name) => (name === '' ? '' : nameOf(name)));
    this.#builder.nodes.push(copy);
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      const real = this.#keepsName(name) ? name : undefined;
      if (integerCopies) this.#afterIntegers(name, real);
      else this.#quantized(name, copy.outputs[i]!, real);
    });
  }

  /** Rows of integers are gathered, and their scales beside them: a scale for each row loses least. */
  #emitTable(unit: Unit): void {
    const { node } = unit;
    const [output] = node.outputs as [string];
    const { names, params } = this.parameters.weights(unit);
    this.#builder.gatherRows(node, names, params.scale);
    this.#afterFloat(output);
  }

  /** True if integers saturate exactly where a Relu or Clip cuts: then it changes nothing. */
  #replaces(fold: Node): boolean {
    return saturatesAt(this.parameters.activation(fold.outputs[0]!), clipBounds(this.#plan.index, fold)!);
  }

  #weights(unit: Unit): string {
    const { names, params } = this.parameters.weights(unit);
    return this.#constant(names, params.scale.length > 1 ? params.axis : undefined);
  }

  #bias(unit: Unit): string {
    const { names, params } = this.parameters.bias(unit);
    return this.#constant(names, params.scale.length > 1 ? 0 : undefined);
  }

  /** A constant's real values, behind a DequantizeLinear that is written once. */
  #constant(names: QuantizedNames, axis?: number): string {
    const known = this.#weightReals.get(names.quantized);
    if (known !== undefined) return known;
    const real = this.#builder.claim(names.quantized.replace(/_quantized(?=(_\d+)?$)/, '_dequantized'));
    this.#builder.dequantize(names, real, axis);
    this.#weightReals.set(names.quantized, real);
    return real;
  }

  /** What a reader in float gets: real values of integers only where there are no others. */
  #floatOf(name: string): string {
    const { regions } = this.#plan;
    const isInteger = regions.isWrittenAsIntegers(name) || regions.isBoundary(name);
    return isInteger ? (this.#reals.get(name) ?? name) : name;
  }

  /** Q/DQ behind a tensor that is written in float. */
  #afterFloat(name: string, raw = name): void {
    if (this.#plan.groups.has(name)) this.#quantized(name, raw, undefined);
  }

  #quantized(name: string, raw: string, real: string | undefined): void {
    const quantized = this.#integerName(name);
    this.#builder.quantize(raw, { quantized, ...this.parameters.activationNames(name) });
    this.#afterIntegers(name, real);
  }

  /** What stands behind the integers of a tensor. */
  #afterIntegers(name: string, real: string | undefined): void {
    const isOutput = this.#plan.regions.isBoundary(name);
    if (isOutput && !this.#keepsIntegers(name))
      this.#builder.shiftSign(this.#integerName(name), name, this.#settings.io as ByteType);
    this.#dequantize(name, real);
  }

  #dequantize(name: string, real: string | undefined): void {
    if (!this.#isReadAsReal(name)) return;
    const output = real ?? this.#builder.claim(`${name}_dequantized`);
    const quantized = this.#integerName(name);
    this.#builder.dequantize({ quantized, ...this.parameters.activationNames(name) }, output);
    this.#reals.set(name, output);
  }

  /** Something but copies of integers reads the tensor. */
  #isReadAsReal(name: string): boolean {
    const { index, regions, units } = this.#plan;
    const { integerCopies } = this.#settings.profile;
    if (this.#keepsName(name) && regions.isWrittenAsIntegers(name)) return true;
    return index.uses(name).some(({ node }) => {
      const unit = units.get(node);
      const isInteger = unit !== undefined && regions.has(unit);
      if (isInteger && unit.kind === 'copy' && integerCopies) return node.inputs[0] !== name;
      return isInteger || regions.isWrittenAsIntegers(name) || regions.isBoundary(name);
    });
  }

  #integerName(name: string): string {
    const own = () => (this.#keepsIntegers(name) ? name : this.#builder.claim(`${name}_quantized`));
    const known = this.#integers.get(name) ?? own();
    this.#integers.set(name, known);
    return known;
  }

  /** The graph's real outputs, and what graphs within nodes read, are known by their names. */
  #keepsName(name: string): boolean {
    const { index, regions } = this.#plan;
    return (index.isOutput(name) && !regions.isBoundary(name)) || index.uses(name).some(({ input }) => input === -1);
  }

  #rawName(output: string): string {
    const isTaken = this.#keepsName(output) || this.#plan.regions.isBoundary(output);
    return isTaken ? this.#builder.claim(`${output}_unquantized`) : output;
  }
}
