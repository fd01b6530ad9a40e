// How many multiplications nodes take.
import { intOf, type Node, type ValueType } from '../model';

type Types = ReadonlyMap<string, ValueType>;

/** Unknown dims count as 1, so that counts are those of one sample. */
function dimsOf(types: Types, name: string | undefined): readonly number[] | undefined {
  const type = name === undefined ? undefined : types.get(name);
  if (type?.kind !== 'tensor' || type.dims === undefined) return undefined;
  return type.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
}

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

interface Operands {
  /** Where the second factor is among the inputs. */
  readonly weight: number;
  readonly kind: 'conv' | 'transposed' | 'matmul';
}

const OPERANDS: Readonly<Record<string, Operands>> = {
  Conv: { weight: 1, kind: 'conv' },
  ConvInteger: { weight: 1, kind: 'conv' },
  QLinearConv: { weight: 3, kind: 'conv' },
  ConvTranspose: { weight: 1, kind: 'transposed' },
  MatMul: { weight: 1, kind: 'matmul' },
  MatMulInteger: { weight: 1, kind: 'matmul' },
  QLinearMatMul: { weight: 3, kind: 'matmul' },
  Gemm: { weight: 1, kind: 'matmul' },
};

/** onnxruntime's own operators, whose weights are [k, n], or [n, k] where they are transposed. */
const FUSED: Readonly<Record<string, number>> = {
  MatMulIntegerToFloat: 1,
  DynamicQuantizeMatMul: 1,
  QGemm: 3,
  MatMulBnb4: 1,
  MatMulNBits: 1,
};

/** Where a node's weights are among its inputs; undefined for nodes that do not multiply. */
export function weightInputOf(node: Node): number | undefined {
  return node.domain === '' ? OPERANDS[node.opType]?.weight : FUSED[node.opType];
}

function ofFused(types: Types, node: Node, weight: number): number | undefined {
  const input = dimsOf(types, node.inputs[0]);
  const weights = dimsOf(types, node.inputs[weight]);
  const n =
    node.opType === 'MatMulNBits' || node.opType === 'MatMulBnb4'
      ? intOf(node, 'N', 0)
      : weights?.at(intOf(node, 'transB', 0) === 0 ? -1 : 0);
  return input === undefined || n === undefined ? undefined : product(input) * n;
}

/** Multiplications of a node in one run; undefined where its shapes are not known, 0 for nodes that do not multiply. */
export function multiplicationsOf(node: Node, types: Types): number | undefined {
  const fused = node.domain === '' ? undefined : FUSED[node.opType];
  if (fused !== undefined) return ofFused(types, node, fused);
  const operands = node.domain === '' ? OPERANDS[node.opType] : undefined;
  if (operands === undefined) return 0;
  const input = dimsOf(types, node.inputs[0]);
  const weight = dimsOf(types, node.inputs[operands.weight]);
  const output = dimsOf(types, node.outputs[0]);
  if (input === undefined || weight === undefined || output === undefined) return undefined;
  if (operands.kind === 'conv') return product(output) * product(weight.slice(1));
  if (operands.kind === 'transposed') return product(input) * product(weight.slice(1));
  const inner = intOf(node, 'transA', 0) === 0 ? input.at(-1) : input.at(-2);
  return product(output) * (inner ?? 1);
}
