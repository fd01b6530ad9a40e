// Writes the quantized graph: the nodes of the prepared one in their order, between Q/DQ where the plan says so.

import type { Sketch } from '../../calibrate';
import { roundHalfToEven } from '../../quantize/affine_params';
import { rangeOf } from '../../quantize/scheme';
import type { Graph, Node } from '../model';
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
    for (const { name } of graph.inputs) this.#afterFloat(name);
    for (const node of graph.nodes) if (!this.#dropped.has(node)) this.#emitNode(node);
    const result = graph.clone();
    result.nodes = this.#builder.nodes;
    result.initializers = this.#builder.initializers;
    result.valueInfo = new Map();
    return result;
  }

  #emitNode(node: Node): void {
    const unit = this.#plan.units.get(node);
    if (unit === undefined || !this.#plan.regions.has(unit)) this.#emitFloat(node);
    else if (unit.kind === 'copy') this.#emitCopy(unit);
    else if (unit.kind === 'table') this.#emitTable(unit);
    else this.#emitInteger(unit);
  }

  #emitFloat(node: Node): void {
    const copy = node.clone();
    copy.inputs = node.inputs.map((name) => this.#floatOf(name));
    this.#builder.nodes.push(copy);
    for (const name of node.outputs) this.#afterFloat(name);
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

  /** Integers go through: the node reads and writes them as they are. */
  #emitCopy(unit: Unit): void {
    const { node } = unit;
    const copy = node.clone();
    copy.inputs[0] = this.#integers.get(node.inputs[0]!)!;
    copy.outputs = node.outputs.map((name) => (name === '' ? '' : this.#integerName(name)));
    this.#builder.nodes.push(copy);
    for (const name of outputsOf(unit)) this.#dequantize(name, this.#keepsName(name) ? name : undefined);
  }

  /** Rows of integers are gathered, and become real behind that. */
  #emitTable(unit: Unit): void {
    const { node } = unit;
    const [output] = node.outputs as [string];
    const { names } = this.parameters.weights(unit);
    const copy = node.clone();
    copy.inputs[0] = names.quantized;
    copy.outputs = [this.#builder.claim(`${output}_gathered`)];
    this.#builder.nodes.push(copy);
    this.#builder.dequantize({ ...names, quantized: copy.outputs[0]! }, output);
    this.#afterFloat(output);
  }

  /** True if integers saturate exactly where a Relu or Clip cuts: then it changes nothing. */
  #replaces(fold: Node): boolean {
    const { min, max } = clipBounds(this.#plan.index, fold)!;
    const { type, scale, zeroPoint } = this.parameters.activation(fold.outputs[0]!);
    const [low, high] = rangeOf(type);
    const integerOf = (real: number) => roundHalfToEven(Math.fround(real / scale[0]!)) + zeroPoint[0]!;
    return integerOf(min) <= low && integerOf(max) >= high;
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
    return this.#plan.regions.isWrittenAsIntegers(name) ? (this.#reals.get(name) ?? name) : name;
  }

  /** Q/DQ behind a tensor that is written in float. */
  #afterFloat(name: string): void {
    if (this.#plan.groups.has(name)) this.#quantized(name, name, undefined);
  }

  #quantized(name: string, raw: string, real: string | undefined): void {
    const quantized = this.#integerName(name);
    this.#builder.quantize(raw, { quantized, ...this.parameters.activationNames(name) });
    this.#dequantize(name, real);
  }

  #dequantize(name: string, real: string | undefined): void {
    if (!this.#isReadAsReal(name)) return;
    const output = real ?? this.#builder.claim(`${name}_dequantized`);
    const quantized = this.#integers.get(name)!;
    this.#builder.dequantize({ quantized, ...this.parameters.activationNames(name) }, output);
    this.#reals.set(name, output);
  }

  /** Something but copies of integers reads the tensor. */
  #isReadAsReal(name: string): boolean {
    const { index, regions, units } = this.#plan;
    if (this.#keepsName(name) && regions.isWrittenAsIntegers(name)) return true;
    return index.uses(name).some(({ node }) => {
      const unit = units.get(node);
      const isInteger = unit !== undefined && regions.has(unit);
      if (isInteger && unit.kind === 'copy') return node.inputs[0] !== name;
      return isInteger || regions.isWrittenAsIntegers(name);
    });
  }

  #integerName(name: string): string {
    const known = this.#integers.get(name) ?? this.#builder.claim(`${name}_quantized`);
    this.#integers.set(name, known);
    return known;
  }

  /** The graph's outputs, and what graphs within nodes read, are known by their names. */
  #keepsName(name: string): boolean {
    return this.#plan.index.isOutput(name) || this.#plan.index.uses(name).some(({ input }) => input === -1);
  }

  #rawName(output: string): string {
    return this.#keepsName(output) ? this.#builder.claim(`${output}_unquantized`) : output;
  }
}
