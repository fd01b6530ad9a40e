// Conv, Gemm and MatMul: whether they have integer kernels as they stand.
import { floatOf, type GraphIndex, intOf, type ModelTensor, type Node } from '../model';
import { biasForm, GEMM_FACTORS, noKernel, notConstant, notFloat32, type Refusal, VECTOR_OPERAND } from './refusal';
import type { Unit } from './unit';

type Found = Unit | Refusal;

const has = (node: Node, place: number): boolean => (node.inputs[place] ?? '') !== '';

/** Constant weights of float32, or why they are none. */
function weightsOf(index: GraphIndex, node: Node): ModelTensor | Refusal {
  const weight = index.constant(node.inputs[1]!);
  if (weight === undefined) return notConstant('weight tensor');
  return weight.type === 'float32' ? weight : notFloat32('weight tensor', weight.type);
}

/** undefined where the bias is a constant with one value for each output, or absent. */
function refusedBias(index: GraphIndex, node: Node, outputs: number): Refusal | undefined {
  if (!has(node, 2)) return undefined;
  const bias = index.constant(node.inputs[2]!);
  if (bias === undefined) return notConstant('bias');
  if (bias.type !== 'float32') return notFloat32('bias', bias.type);
  return bias.size === outputs && (bias.dims.at(-1) ?? 1) === outputs ? undefined : biasForm(bias.dims);
}

const biasOf = (node: Node): number | undefined => (has(node, 2) ? 2 : undefined);

function conv(index: GraphIndex, node: Node): Found {
  const weight = weightsOf(index, node);
  if ('reason' in weight) return weight;
  const refused = refusedBias(index, node, weight.dims[0] ?? 0);
  if (refused !== undefined) return refused;
  const parts = { activations: [0], constants: [], weight: 1, axis: 0, bias: biasOf(node) };
  return { node, kind: 'weighted', ...parts, floatOutput: false };
}

function gemm(index: GraphIndex, node: Node): Found {
  if (floatOf(node, 'alpha', 1) !== 1 || floatOf(node, 'beta', 1) !== 1) return GEMM_FACTORS;
  const weight = weightsOf(index, node);
  if ('reason' in weight) return weight;
  const axis = intOf(node, 'transB', 0) === 1 ? 0 : 1;
  const refused = refusedBias(index, node, weight.dims[axis] ?? 0);
  if (refused !== undefined) return refused;
  const parts = { activations: [0], constants: [], weight: 1, axis, bias: biasOf(node) };
  return { node, kind: 'weighted', ...parts, floatOutput: true };
}

function matMul(index: GraphIndex, node: Node): Found {
  const [left, right] = node.inputs.map((name) => index.constant(name));
  for (const operand of [left, right]) {
    if (operand === undefined) continue;
    if (operand.type !== 'float32') return notFloat32('constant operand', operand.type);
    if (operand.dims.length < 2) return VECTOR_OPERAND;
  }
  const common = { node, kind: 'weighted', floatOutput: true } as const;
  if (left !== undefined) return { ...common, activations: [1], constants: [0] };
  if (right === undefined) return { ...common, activations: [0, 1], constants: [] };
  const axis = right.dims.length === 2 ? 1 : undefined;
  return { ...common, activations: [0], constants: [], weight: 1, axis };
}

const WEIGHTED = new Map<string, (index: GraphIndex, node: Node) => Found>([
  ['Conv', conv],
  ['Gemm', gemm],
  ['MatMul', matMul],
]);

/** Operators with weights for which no runtime's Q/DQ fusion has an integer kernel. */
const WITHOUT_KERNEL = new Set(['ConvTranspose', 'LSTM', 'GRU', 'RNN', 'Einsum', 'DeformConv']);

/** undefined for a node that has no weights. */
export function weightedUnit(index: GraphIndex, node: Node): Found | undefined {
  if (node.domain !== '') return undefined;
  if (WITHOUT_KERNEL.has(node.opType)) return noKernel(node.opType);
  return WEIGHTED.get(node.opType)?.(index, node);
}
