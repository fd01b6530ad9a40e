// Which tensor of a quantized model stands for which of the model that it was made of.
import { Graph, GraphIndex, Model, Node } from '../model';

/** A tensor of one model and what stands for it in the other. */
export interface TensorPair {
  readonly tensor: string;
  readonly counterpart: string;
  /** The node that writes the tensor; undefined for inputs. */
  readonly node: Node | undefined;
}

export interface PairedModels {
  readonly pairs: readonly TensorPair[];
  /** The other model, with nodes that dequantize what it has as integers only. */
  readonly other: Model;
}

/** Names that quantizers give to what becomes of a tensor. */
const DEQUANTIZED = ['_dequantized', '_DequantizeLinear_Output'];
const QUANTIZED = ['_quantized', '_QuantizeLinear_Output'];

/** Operators that write integers with a scale among their inputs: where that stands. */
const OUTPUT_SCALES: Readonly<Record<string, number>> = {
  QuantizeLinear: 1,
  QLinearConv: 6,
  QLinearMatMul: 6,
  QLinearAdd: 6,
  QLinearMul: 6,
  QLinearAveragePool: 3,
  QLinearGlobalAveragePool: 3,
  QLinearLeakyRelu: 3,
  QLinearSigmoid: 3,
  QLinearSoftmax: 3,
  QLinearConcat: 0,
  QGemm: 7,
};
/** Operators that move integers as they are. */
const COPIES: ReadonlySet<string> = new Set(
  'Flatten Gather GatherElements Identity MaxPool Reshape Slice Squeeze Tile Transpose Unsqueeze'.split(' '),
);

/** Finds and makes the tensors of a model that hold the real values of another's. */
class Dequantizer {
  readonly nodes: Node[] = [];
  readonly #index: GraphIndex;

  constructor(index: GraphIndex) {
    this.#index = index;
  }

  /** The tensor that stands for one of the other model; undefined if none does. */
  find(tensor: string): string | undefined {
    for (const suffix of DEQUANTIZED) if (this.#has(tensor + suffix)) return tensor + suffix;
    const quantized = QUANTIZED.map((suffix) => tensor + suffix).find((name) => this.#has(name));
    const real = quantized === undefined ? undefined : this.#dequantized(quantized);
    if (real !== undefined) return real;
    return this.#has(tensor) ? (this.#dequantized(tensor) ?? tensor) : undefined;
  }

  #has(name: string): boolean {
    return this.#index.producer(name) !== undefined || this.#index.isInput(name);
  }

  /** The real values of a tensor of integers: what dequantizes it already, or a new node. */
  #dequantized(tensor: string): string | undefined {
    const present = this.#index.uses(tensor).find(({ node, input }) => node.is('DequantizeLinear') && input === 0);
    if (present !== undefined) return present.node.outputs[0];
    const parameters = this.#parametersOf(tensor);
    if (parameters === undefined) return undefined;
    const output = `${tensor}/real`;
    const { inputs, axis } = parameters;
    this.nodes.push(
      new Node({
        name: output,
        opType: 'DequantizeLinear',
        inputs: [tensor, ...inputs],
        outputs: [output],
        attributes: axis === undefined ? {} : { axis },
      }),
    );
    return output;
  }

  /** Scale and zero point of integers, as names of tensors; undefined for what is no tensor of integers. */
  #parametersOf(tensor: string) {
    const node = this.#index.producer(tensor);
    if (node === undefined) return undefined;
    const [moved] = node.inputs;
    if (COPIES.has(node.opType) && node.domain === '' && moved !== undefined) return this.#parametersOfMoved(moved);
    const at = OUTPUT_SCALES[node.opType];
    if (at === undefined || node.inputs[at] === undefined || node.inputs[at] === '') return undefined;
    const inputs = node.inputs.slice(at, at + 2).filter((name) => name !== '');
    return { inputs, axis: node.is('QuantizeLinear') ? node.attributes.get('axis') : undefined };
  }

  #parametersOfMoved(tensor: string): { inputs: string[]; axis: undefined } | undefined {
    const found = this.#parametersOf(tensor);
    // Per channel, a moved axis is another one.
    return found === undefined || found.axis !== undefined ? undefined : { inputs: found.inputs, axis: undefined };
  }
}

/** True for a clamp whose output has no counterpart: it became part of the integers before it. */
const isClamp = (node: Node): boolean => node.is('Relu') || node.is('Clip');

/**
 * Pairs the tensors of a model with those of another, in the order of the first. A quantized tensor is compared by the
 * values that the next layer reads. Constants are left out.
 */
export function pairTensors(model: Model, other: Model): PairedModels {
  const [index, dequantizer] = [new GraphIndex(model.graph), new Dequantizer(new GraphIndex(other.graph))];
  const pairs = new Map<string, TensorPair>();
  const pair = (tensor: string, node: Node | undefined): void => {
    const counterpart = dequantizer.find(tensor);
    if (counterpart !== undefined) pairs.set(tensor, { tensor, counterpart, node });
  };
  for (const { name } of model.graph.inputs) pair(name, undefined);
  for (const node of model.graph.nodes) {
    if (node.is('Constant')) continue;
    for (const output of node.outputs) if (output !== '') pair(output, node);
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (!isClamp(node) || from === undefined || to === undefined || pairs.has(to)) continue;
    const before = pairs.get(from);
    if (before === undefined || index.uses(from).length > 1 || index.isOutput(from)) continue;
    pairs.delete(from);
    pairs.set(to, { tensor: to, counterpart: before.counterpart, node });
  }
  const { graph } = other;
  const copy = new Graph({ ...graph, nodes: [...graph.nodes, ...dequantizer.nodes] }, graph.origin);
  return { pairs: [...pairs.values()], other: new Model({ ...other, graph: copy }, other.origin) };
}
