// Convolutions and matrix products with constant float32 weights, seen alike.
import { floatOf, intOf, type ModelTensor, type Node } from '../model';

/**
 * The weights are [first, second, kernel]: outputs come first in Conv and in Gemm with transB, inputs in the others. With
 * groups, `second` counts the channels of one group.
 */
export interface WeightedLayer {
  readonly node: Node;
  readonly weight: ModelTensor;
  readonly outputs: number;
  readonly inputs: number;
  readonly groups: number;
  readonly outputFirst: boolean;
  /** Values for each pair of an output and an input. */
  readonly kernel: number;
}

const isPlainGemm = (node: Node): boolean =>
  floatOf(node, 'alpha', 1) === 1 && floatOf(node, 'beta', 1) === 1 && intOf(node, 'transA', 0) === 0;

function convLayer(node: Node, weight: ModelTensor): WeightedLayer | undefined {
  const [first = 0, second = 0, ...kernel] = weight.dims;
  const groups = intOf(node, 'group', 1);
  const outputFirst = node.opType === 'Conv';
  const other = second * groups;
  if (weight.dims.length < 3 || groups < 1 || first % groups !== 0) return undefined;
  const size = kernel.reduce((product, dim) => product * dim, 1);
  const channels = outputFirst ? { outputs: first, inputs: other } : { outputs: other, inputs: first };
  return { node, weight, ...channels, groups, outputFirst, kernel: size };
}

/** The layer of a node; undefined for other operators, weights that are no float32 constants, and Gemm with factors. */
export function weightedLayerOf(
  node: Node,
  constant: (name: string) => ModelTensor | undefined,
): WeightedLayer | undefined {
  if (node.domain !== '' || !['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(node.opType)) return undefined;
  const weight = constant(node.inputs[1] ?? '');
  if (weight?.type !== 'float32') return undefined;
  if (node.opType.startsWith('Conv')) return convLayer(node, weight);
  const [first, second] = weight.dims;
  if (weight.dims.length !== 2 || first === undefined || second === undefined) return undefined;
  if (node.opType === 'Gemm' && !isPlainGemm(node)) return undefined;
  const outputFirst = node.opType === 'Gemm' && intOf(node, 'transB', 0) !== 0;
  const [outputs, inputs] = outputFirst ? [first, second] : [second, first];
  return { node, weight, outputs, inputs, groups: 1, outputFirst, kernel: 1 };
}

/** The axis of a layer's output, of that rank, that its output channels lie along. */
export const channelAxisOf = ({ node }: WeightedLayer, rank: number): number =>
  node.opType === 'MatMul' || node.opType === 'Gemm' ? rank - 1 : 1;

/** Calls `visit` with each run of `kernel` values: where it begins, its output channel and its input channel. */
export function eachKernel(layer: WeightedLayer, visit: (at: number, output: number, input: number) => void): void {
  const { outputs, inputs, groups, outputFirst, kernel } = layer;
  const [first, second] = outputFirst ? [outputs, inputs / groups] : [inputs, outputs / groups];
  const perGroup = first / groups;
  for (let a = 0; a < first; a++) {
    const base = Math.floor(a / perGroup) * second;
    for (let b = 0; b < second; b++) {
      const at = (a * second + b) * kernel;
      if (outputFirst) visit(at, a, base + b);
      else visit(at, base + b, a);
    }
  }
}

export interface ChannelFactors {
  /** One for each output channel. */
  readonly output?: ArrayLike<number>;
  /** One for each input channel. */
  readonly input?: ArrayLike<number>;
}

/** The weights times factors of their channels: products in double, rounded once. */
export function scaledWeights(layer: WeightedLayer, factors: ChannelFactors): Float32Array<ArrayBuffer> {
  const from = layer.weight.floats();
  const to = new Float32Array(from.length);
  eachKernel(layer, (at, output, input) => {
    const factor = (factors.output?.[output] ?? 1) * (factors.input?.[input] ?? 1);
    for (let i = at; i < at + layer.kernel; i++) to[i] = (from[i] as number) * factor;
  });
  return to;
}

/** For each output channel, the sum over its weights of weight × value of the input channel, in double. */
export function weightedSums(layer: WeightedLayer, values: ArrayLike<number>): Float64Array {
  const from = layer.weight.floats();
  const sums = new Float64Array(layer.outputs);
  eachKernel(layer, (at, output, input) => {
    let sum = 0;
    for (let i = at; i < at + layer.kernel; i++) sum += from[i] as number;
    sums[output] = (sums[output] as number) + sum * (values[input] as number);
  });
  return sums;
}
