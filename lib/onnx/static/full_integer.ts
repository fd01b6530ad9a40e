// Proves by inspection that a quantized model computes on integers alone.
import { GraphIndex, type Model, type Node, type ValueInfo } from '../model';

/** Operators that runtimes fuse with the Q/DQ around them into integer kernels. */
const FUSED = new Set([
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Mul',
  'Concat',
  'AveragePool',
  'GlobalAveragePool',
  'LeakyRelu',
  'Sigmoid',
  'Softmax',
  'Relu',
  'Clip',
  ...['Expand', 'Flatten', 'Gather', 'MaxPool', 'Reshape', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze'],
]);

const isFloat = ({ type }: ValueInfo): boolean =>
  type?.kind !== 'tensor' || type.elementType === undefined || /^(b?float|complex)/.test(type.elementType);

/** What is computed on real numbers: float tensors of the main graph, from what is written and read. */
class FloatTensors {
  readonly #index: GraphIndex;
  readonly #float = new Set<string>();

  constructor(model: Model) {
    const { graph } = model;
    this.#index = new GraphIndex(graph);
    for (const input of graph.inputs) if (isFloat(input)) this.#float.add(input.name);
    for (const [name, { type }] of graph.initializers) if (/float/.test(type)) this.#float.add(name);
    for (const node of graph.nodes)
      if (this.#writesFloats(node)) for (const name of node.outputs) this.#float.add(name);
  }

  /** True for nodes that read or write real numbers in any other way than between DequantizeLinear and QuantizeLinear. */
  isFloatNode(node: Node): boolean {
    if (node.is('DequantizeLinear')) return !this.#isFused(node.outputs[0]!);
    if (node.is('QuantizeLinear')) return !this.#isWrittenFused(node.inputs[0]!);
    if (this.#isQLinear(node)) return node.opType === 'QGemm' ? node.inputs.length < 9 : /Float$/.test(node.opType);
    const touches = [...node.inputs, ...node.outputs].some((name) => this.#float.has(name));
    return node.graphs.length > 0 || (touches && !this.#isBetween(node));
  }

  #isQLinear(node: Node): boolean {
    return /^(QLinear|QGemm|MatMulIntegerToFloat|MatMulInteger$|ConvInteger$)/.test(node.opType);
  }

  #writesFloats(node: Node): boolean {
    if (node.is('DequantizeLinear')) return true;
    if (node.is('QuantizeLinear') || node.is('Shape') || node.is('Cast') || this.#isQLinear(node)) return false;
    return node.inputs.some((name) => this.#float.has(name));
  }

  /** Reads what DequantizeLinear writes, and is read by QuantizeLinear alone, straight or behind Relu and Clip. */
  #isBetween(node: Node): boolean {
    if (node.domain !== '' || !FUSED.has(node.opType)) return false;
    const fromIntegers = (name: string) => {
      const producer = this.#index.producer(name);
      if (producer === undefined) return node.is('Clip') && this.#index.constant(name) !== undefined;
      return producer.is('DequantizeLinear') || ((node.is('Relu') || node.is('Clip')) && this.#isBetween(producer));
    };
    return (
      node.inputs.every((name) => !this.#float.has(name) || fromIntegers(name)) && this.#isFused(node.outputs[0]!, true)
    );
  }

  /** Every reader is one that fuses; behind an operator, exactly one QuantizeLinear or an activation before it. */
  #isFused(name: string, isResult = false): boolean {
    const uses = this.#index.uses(name);
    if (this.#index.isOutput(name) || uses.length === 0) return false;
    if (!isResult) return uses.every(({ node, input }) => input >= 0 && this.#isBetween(node));
    const [only] = uses;
    if (uses.length !== 1 || only === undefined || only.input !== 0) return false;
    const { node } = only;
    return node.is('QuantizeLinear') || ((node.is('Relu') || node.is('Clip')) && this.#isFused(node.outputs[0]!, true));
  }

  #isWrittenFused(name: string): boolean {
    const producer = this.#index.producer(name);
    return producer !== undefined && this.#isBetween(producer);
  }
}

/** Nodes of the main graph that compute on real numbers, or turn integers into real numbers and back for those that do. */
export function floatNodesOf(model: Model): Node[] {
  const tensors = new FloatTensors(model);
  return model.graph.nodes.filter((node) => tensors.isFloatNode(node));
}

/**
 * True if a model has no operator on real numbers left: its inputs and outputs are integers, and whatever stands between
 * DequantizeLinear and QuantizeLinear has an integer kernel that takes their place.
 */
export function isFullInteger(model: Model): boolean {
  const { inputs, outputs } = model.graph;
  return ![...inputs, ...outputs].some(isFloat) && floatNodesOf(model).length === 0;
}
