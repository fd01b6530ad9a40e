// Divides a tensor's channels within the weights of the operators that write it.
import { type GraphIndex, ModelTensor, type Node } from '../model';
import { type GraphRewriter, productOfNode } from '../rewrite';
import { scaleWeights } from './scaled_weights';

/** One change of a node's constants, made once all are known to be possible. */
type Change = (rewriter: GraphRewriter) => void;

/**
 * Changes the weights before a tensor so that its channel j, of the last axis, is divided by factors[j], which are greater
 * than 0: those of LayerNormalization, of a product, or of a Mul, through Add, Mul and Relu that nobody else reads. False
 * where that cannot be done.
 */
export function divideProducer(
  index: GraphIndex,
  rewriter: GraphRewriter,
  tensor: string,
  factors: Float32Array,
): boolean {
  const changes = changesOf(index, tensor, factors);
  for (const change of changes ?? []) change(rewriter);
  return changes !== undefined;
}

function changesOf(index: GraphIndex, tensor: string, factors: Float32Array): Change[] | undefined {
  const node = index.producer(tensor);
  if (node === undefined) return undefined;
  if (node.is('LayerNormalization')) return divideConstants(node, index, factors, node.inputs[2] ? [1, 2] : [1]);
  if (node.is('RMSNormalization')) return divideConstants(node, index, factors, [1]);
  if (node.is('SimplifiedLayerNormalization')) return divideConstants(node, index, factors, [1]);
  if (node.is('Mul')) return changesOfMul(node, index, factors);
  if (node.is('Add')) return changesOfAdd(node, index, factors);
  if (node.is('Relu')) return changesOfInput(node, 0, index, factors);
  if (node.is('MatMul') || node.is('Gemm')) return changesOfProduct(node, index, factors);
  return undefined;
}

/** The tensor that a node reads and nobody else does. */
function changesOfInput(node: Node, input: number, index: GraphIndex, factors: Float32Array): Change[] | undefined {
  const name = node.inputs[input] ?? '';
  return index.isOutput(name) || index.uses(name).length !== 1 ? undefined : changesOf(index, name, factors);
}

/** One factor of a product takes the division. */
function changesOfMul(node: Node, index: GraphIndex, factors: Float32Array): Change[] | undefined {
  for (const input of [1, 0]) {
    const changes = divideConstants(node, index, factors, [input]) ?? changesOfInput(node, input, index, factors);
    if (changes !== undefined) return changes;
  }
  return undefined;
}

/** Both terms of a sum take it: a bias and what it is added to. */
function changesOfAdd(node: Node, index: GraphIndex, factors: Float32Array): Change[] | undefined {
  for (const [bias, term] of [
    [1, 0],
    [0, 1],
  ] as const) {
    const constant = divideConstants(node, index, factors, [bias]);
    const rest = constant && changesOfInput(node, term, index, factors);
    if (rest !== undefined) return [...constant!, ...rest];
  }
  return undefined;
}

function changesOfProduct(node: Node, index: GraphIndex, factors: Float32Array): Change[] | undefined {
  const product = productOfNode(node, index);
  if (typeof product === 'string' || product.n !== factors.length) return undefined;
  const bias = product.bias === undefined ? [] : divideConstants(node, index, factors, [2]);
  const columns = factors.map((factor) => 1 / factor);
  return bias && [...bias, (rewriter) => scaleWeights(product, { columns }, rewriter)];
}

/** Inputs that are constants with one value for each channel. */
function divideConstants(
  node: Node,
  index: GraphIndex,
  factors: Float32Array,
  inputs: readonly number[],
): Change[] | undefined {
  const changes: Change[] = [];
  for (const input of inputs) {
    const name = node.inputs[input] ?? '';
    const tensor = index.constant(name);
    const channels = tensor?.dims.at(-1);
    if (tensor?.type !== 'float32' || tensor.size !== channels || channels !== factors.length) return undefined;
    const values = tensor.floats().map((value, j) => value / factors[j]!);
    changes.push((rewriter) => {
      node.inputs[input] = rewriter.constant(`${name}_smooth`, () => ModelTensor.of('float32', tensor.dims, values));
    });
  }
  return changes;
}
