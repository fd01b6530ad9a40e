// Which Conv, Gemm and MatMul between Q/DQ nodes onnxruntime replaces by integer kernels.
import { floatOf, intOf } from '../../model';
import type { Refusal } from '../check_result';
import {
  dqAt,
  inputQuantization,
  inputTypes,
  type NodeGroup,
  outputTypes,
  refusalOfGroup,
  refusalOfWidths,
  refuse,
} from './node_group';
import { isScalar, type Quantization, quantizationOf, valuesOf } from './quantization';

/** An operator that takes the place of a group, or why none does. */
export type Verdict = { readonly kernel: string; readonly keeps?: 'biasDq' } | Refusal;

export interface Engine {
  /** int8 activations have kernels, as on arm64; else they were turned into uint8 before where that could be done. */
  readonly int8Activations: boolean;
}

const SIGNED =
  'write its activations as uint8: int8 ones are converted only where a Q has exactly one reader, and this edge has more';

function refusalOfActivations(group: NodeGroup, engine: Engine): Refusal | undefined {
  const [x, w] = inputTypes(group);
  if (x !== 'int8') return undefined;
  if (!engine.int8Activations)
    return refuse('Q017', 'its activations are int8, and could not be converted to uint8', SIGNED);
  return w === x ? undefined : refuse('Q017', `its activations are int8 and its weights ${w}`);
}

/** An int32 bias with the zero point 0; for a Conv with nearly the scale of the activations times that of the weights. */
function refusalOfBias(group: NodeGroup, checksScale: boolean): Refusal | undefined {
  const bias = inputQuantization(group, 2);
  if (bias === undefined) return undefined;
  if (bias.type !== 'int32') return refuse('Q014', `its bias is ${bias.type}, not int32`);
  if (!checksScale) return undefined;
  const zeroPoints = bias.hasZeroPoint ? valuesOf(bias.zeroPoint) : [0];
  if (zeroPoints?.some((value) => value !== 0)) return refuse('Q014', 'the zero point of its bias is not 0');
  const excess = biasScaleError(group)?.excess ?? 0;
  if (excess > 0)
    return refuse('Q014', 'the scale of its bias is not that of the activations times that of the weights');
  return undefined;
}

/** What onnxruntime lets pass of the scale of a bias: an absolute and a relative difference. */
const BIAS_TOLERANCE = { absolute: 1e-6, relative: 0.01 };

/** How far the scale of the bias is from activation scale × weight scale, as a share, and by how much it passes what is tolerated. */
export function biasScaleError(group: NodeGroup): { readonly share: number; readonly excess: number } | undefined {
  const [x, w, bias] = [0, 1, 2].map((input) => valuesOf(inputQuantization(group, input)?.scale));
  if (x === undefined || w === undefined || bias === undefined) return undefined;
  let [share, excess] = [0, Number.NEGATIVE_INFINITY];
  bias.forEach((scale, i) => {
    const expected = Math.fround((x[0] as number) * (w.length === 1 ? (w[0] as number) : (w[i] ?? Number.NaN)));
    const difference = Math.abs(scale - expected);
    share = Math.max(share, difference / expected);
    excess = Math.max(excess, difference - BIAS_TOLERANCE.absolute - BIAS_TOLERANCE.relative * expected);
  });
  return { share, excess };
}

/** Per tensor, or per channel along this axis. */
function isAlong(group: NodeGroup, quantization: Quantization, axis: number, input: number): boolean {
  if (isScalar(quantization.scale)) return true;
  const rank = group.graph.constant(dqAt(group, input)?.inputs[0])?.dims?.length;
  return (quantization.axis < 0 && rank !== undefined ? quantization.axis + rank : quantization.axis) === axis;
}

export function convKernel(group: NodeGroup, engine: Engine): Verdict {
  const refused = refusalOfGroup(group) ?? refusalOfWidths([...inputTypes(group), ...outputTypes(group)]);
  if (refused !== undefined) return refused;
  const [x] = inputTypes(group);
  const [y] = outputTypes(group);
  const activations = refusalOfActivations(group, engine);
  if (activations !== undefined) return activations;
  if (x !== y) return refuse('Q017', `its input is ${x} and its output ${y}`);
  return refusalOfBias(group, true) ?? { kernel: 'QLinearConv' };
}

export function gemmKernel(group: NodeGroup): Verdict {
  const refused =
    refusalOfGroup(group, { allowNoQ: true }) ?? refusalOfWidths([...inputTypes(group), ...outputTypes(group)]);
  if (refused !== undefined) return refused;
  const { node } = group;
  const [a, b] = inputTypes(group);
  const [y = a] = outputTypes(group);
  if (a === 'int8' && b !== a) return refuse('Q017', `its activations are int8 and its weights ${b}`);
  if (a !== y) return refuse('Q017', `its input is ${a} and its output ${y}`);
  for (const name of ['alpha', 'beta'])
    if (group.dqs.length > 2 && floatOf(node, name, 1) !== 1)
      return refuse('Q019', `it has a bias, and its ${name} is ${floatOf(node, name, 1)}, not 1`);
  const axis = intOf(node, 'transB', 0) === 0 ? 1 : 0;
  const weights = inputQuantization(group, 1) as Quantization;
  if (!isAlong(group, weights, axis, 1))
    return refuse('Q011', `its weights are quantized along axis ${weights.axis}, not ${axis}`);
  return refusalOfBias(group, false) ?? { kernel: 'QGemm' };
}

export function matMulKernel(group: NodeGroup, engine: Engine): Verdict {
  if (group.dqs.length !== 2) return weightOnlyKernel(group);
  const types = inputTypes(group);
  const refused = refusalOfActivations(group, engine) ?? refusalOfWidths(types);
  if (refused !== undefined) return refused;
  if (group.qs.length === 0) return { kernel: 'MatMulIntegerToFloat' };
  const outputs = refusalOfGroup(group);
  if (outputs !== undefined) return outputs;
  const [y] = outputTypes(group);
  return types[0] === y ? { kernel: 'QLinearMatMul' } : refuse('Q017', `its input is ${types[0]} and its output ${y}`);
}

const NARROW = new Set(['int2', 'uint2', 'int4', 'uint4', 'int8', 'uint8']);

/** Weights of 2, 4 or 8 bits beside float activations. */
export function weightOnlyKernel(group: NodeGroup): Verdict {
  const { node, qs, clip, graph } = group;
  const weight = dqAt(group, 1);
  const bare = `its input '${node.inputs[0]}' does not come from a DQ`;
  if (weight === undefined || dqAt(group, 0) !== undefined) return refuse('Q012', bare);
  if (clip !== undefined || qs.length > 0) return refuse('Q012', `${bare}, and a Q stands behind it`);
  if (graph.onlyReader(weight.outputs[0]) !== node) return refuse('Q022', 'the DQ of its weights has other readers');
  const quantization = quantizationOf(graph, weight);
  const dims = graph.constant(weight.inputs[0])?.dims;
  if (!NARROW.has(quantization.type ?? '')) return refuse('Q022', `its weights are ${quantization.type}`);
  if (dims?.length !== 2) return refuse('Q022', `its weights are not a constant matrix`);
  if (graph.uses(weight.inputs[0]).length > 1) return refuse('Q022', 'its weights are read by two nodes');
  const reason = refusalOfBlocks(quantization, dims);
  if (reason !== undefined) return refuse('Q022', reason);
  return refusalOfWeightOnlyGemm(group) ?? { kernel: 'MatMulNBits', keeps: 'biasDq' };
}

function refusalOfBlocks({ scale, axis, block }: Quantization, dims: readonly number[]): string | undefined {
  if (scale === undefined) return 'the scales of its weights are not constant';
  if (block === 0) {
    const n = dims[1];
    if (scale.dims?.length === 0) return undefined;
    if (scale.dims?.length !== 1 || scale.dims[0] !== n) return 'its weights are neither per tensor nor per column';
    return axis === 1 || axis === -1 ? undefined : `its weights are quantized along axis ${axis}, not 1`;
  }
  if (axis !== 0) return `its blocks run along axis ${axis}, not 0`;
  if (block < 16 || (block & (block - 1)) !== 0)
    return `its blocks hold ${block} values: not a power of two from 16 up`;
  return undefined;
}

function refusalOfWeightOnlyGemm({ node, dqs, graph }: NodeGroup): Refusal | undefined {
  if (node.opType !== 'Gemm') return dqs.length === 1 ? undefined : refuse('Q012', 'only its weights come from a DQ');
  if (floatOf(node, 'alpha', 1) !== 1 || (node.inputs.length > 2 && floatOf(node, 'beta', 1) !== 1))
    return refuse('Q019', 'its alpha or beta is not 1');
  if (intOf(node, 'transA', 0) !== 0 || intOf(node, 'transB', 0) !== 0)
    return refuse('Q022', 'it transposes its weights');
  const [, , bias = ''] = node.inputs;
  if (bias !== '' && graph.constant(bias) !== undefined && graph.constant(bias)?.dims?.length !== 1)
    return refuse('Q022', 'its bias is not a vector');
  return undefined;
}
