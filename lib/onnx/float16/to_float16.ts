// Conversion of models to float16.

import { LARGEST_HALF } from '../../tensor/half_floats';
import type { LayerDecision } from '../decisions';
import { attribute, codeOf, type Model, Node } from '../model';
import { GraphRewriter } from '../rewrite';
import { nameOf, settingsOf } from '../selection';
import { floatTensors } from './float_tensors';
import type { Float16Model, Float16Options, Float16Warning } from './float16_options';
import { keepsFloat32, whyFloat32 } from './float32_only';
import { halfTensor, warningOf, whyNotHalf } from './half_constants';
import { HalfGraph, withType } from './half_graph';

/**
 * Converts a model to float16: constants, and all that computes in float32, but for operators that have no float16, the
 * graphs within nodes, and nodes that are excluded or, by a constant or the `ranges` given, need more than float16's range.
 * Casts stand where the two meet. Runtimes without float16 kernels for an operator, such as onnxruntime on CPUs, cast to
 * float32 and back by themselves. Constants beyond the range become its ends, as masks of -1e9 may; the warnings name them.
 *
 * @param model is not changed
 * @returns the new model, and a decision for each node that would compute in float16
 * @throws ERR_DTYPE for options of the wrong kind; ERR_FILE for constants that cannot be read
 */
export function toFloat16(model: Model, options: Float16Options = {}): Float16Model {
  return options.weightsOnly === true ? weightsToFloat16(model) : new Conversion(model, options).run();
}

class Conversion {
  readonly #result: Model;
  readonly #half: HalfGraph;
  readonly #floats: ReadonlySet<string>;
  readonly #whyFloat: (node: Node) => string | undefined;
  readonly #warnings = new Map<string, Float16Warning>();
  readonly #options: Float16Options;

  constructor(model: Model, options: Float16Options) {
    this.#result = model.clone();
    this.#options = options;
    const { graph } = this.#result;
    this.#half = new HalfGraph(graph, new GraphRewriter(graph));
    this.#floats = floatTensors(model);
    const settings = settingsOf(options);
    this.#whyFloat = (node) =>
      settings(node).keep === 'float' ? 'excluded by the options' : (whyFloat32(node) ?? this.#whyTooFar(node));
  }

  run(): Float16Model {
    const { graph } = this.#result;
    const keepIo = this.#options.keepIo ?? true;
    for (const { name } of graph.inputs)
      if (this.#floats.has(name)) this.#half.setHome(name, keepIo ? 'float32' : 'float16');
    if (!keepIo) graph.inputs = graph.inputs.map((info) => (this.#floats.has(info.name) ? withType(info) : info));
    const decisions = graph.nodes.flatMap((node) => this.#convert(node));
    this.#finishOutputs(keepIo);
    this.#half.rewriter.finish();
    this.#half.correctTypes();
    return { model: this.#result, decisions, warnings: [...this.#warnings.values()] };
  }

  /** Reads and writes in one precision; a decision for nodes that have floats at all. */
  #convert(node: Node): LayerDecision[] {
    const reason = this.#whyFloat(node);
    const precision = reason === undefined ? 'float16' : 'float32';
    const has = [...node.inputs, ...node.outputs].some((name) => this.#floats.has(name));
    node.inputs = node.inputs.map((name, i) => this.#read(node, name, keepsFloat32(node, i) ? 'float32' : precision));
    this.#half.readWithin(node);
    for (const name of node.outputs) if (this.#floats.has(name)) this.#half.setHome(name, precision);
    if (precision === 'float16') convertAttributes(node);
    if (!has) return [];
    const named = { node: nameOf(node), opType: node.opType, tensors: {} };
    return [reason === undefined ? { ...named, form: 'float16' } : { ...named, form: 'float32', reason }];
  }

  #read(node: Node, name: string, precision: 'float16' | 'float32'): string {
    const constant = precision === 'float16' ? this.#half.constant(name) : undefined;
    const warning = constant && !this.#warnings.has(name) ? warningOf(name, constant) : undefined;
    if (warning !== undefined) this.#warnings.set(name, warning);
    return this.#half.read(name, precision, node);
  }

  #whyTooFar(node: Node): string | undefined {
    for (const name of [...node.inputs, ...node.outputs]) {
      const range = this.#options.ranges?.get(name);
      if (range !== undefined && Math.max(-range.min, range.max) > LARGEST_HALF)
        return `'${name}' ranges from ${range.min} to ${range.max}`;
      const constant = this.#half.constant(name);
      const reason = constant && whyNotHalf(constant);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #finishOutputs(keepIo: boolean): void {
    const { graph } = this.#result;
    const writers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    const casts = graph.outputs.flatMap(({ name }) =>
      this.#half.finishOutput(name, keepIo ? 'float32' : 'float16', writers.get(name)),
    );
    const last = graph.nodes.at(-1);
    if (casts.length > 0 && last !== undefined) this.#half.rewriter.replace(last, [last, ...casts]);
    this.#half.renameReads(graph.nodes);
    if (keepIo) return;
    graph.outputs = graph.outputs.map((info) => (this.#floats.has(info.name) ? withType(info) : info));
  }
}

/** Casts to float32 become casts to float16, and tensors within attributes float16. */
function convertAttributes(node: Node): void {
  for (const [name, value] of node.attributes) {
    if (value.kind === 'tensor' && value.value.type === 'float32')
      node.attributes.set(name, attribute.tensor(halfTensor(value.value)));
    const isType = (node.is('Cast') && name === 'to') || name === 'dtype';
    if (isType && value.kind === 'int' && value.value === BigInt(codeOf('float32')))
      node.attributes.set(name, attribute.int(codeOf('float16')));
  }
}

/** Smaller constants are not worth a node. */
const SMALLEST_BYTES = 1024;

function weightsToFloat16(model: Model): Float16Model {
  const result = model.clone();
  const { graph } = result;
  const rewriter = new GraphRewriter(graph);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const warnings: Float16Warning[] = [];
  const casts: Node[] = [];
  for (const [name, tensor] of [...graph.initializers]) {
    if (tensor.type !== 'float32' || tensor.byteLength < SMALLEST_BYTES || outputs.has(name)) continue;
    if (whyNotHalf(tensor) !== undefined) continue;
    const warning = warningOf(name, tensor);
    if (warning !== undefined) warnings.push(warning);
    const half = rewriter.constant(`${name}_float16`, () => halfTensor(tensor));
    graph.initializers.delete(name);
    const to = attribute.int(codeOf('float32'));
    casts.push(new Node({ opType: 'Cast', inputs: [half], outputs: [name], attributes: { to } }));
  }
  graph.nodes.unshift(...casts);
  return { model: result, decisions: [], warnings };
}
