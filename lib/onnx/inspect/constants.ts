// The constants of a model, and what each is for.
import type { GraphIndex, Model, ModelTensor, Node } from '../model';
import type { Amount, Share, WeightInfo } from './inspection';
import { weightInputOf } from './multiplications';
import { readerOf } from './readers';

export const BYTE_TYPES = new Set(['int8', 'uint8', 'int4', 'uint4', 'int2', 'uint2']);
export const FLOAT_TYPES = new Set(['float32', 'float16', 'bfloat16', 'float64']);

export interface Constant {
  readonly name: string;
  readonly tensor: ModelTensor;
  readonly node: Node | undefined;
  readonly input: number;
}

export function constantsOf({ graph }: Model, index: GraphIndex): Constant[] {
  const found: Constant[] = [];
  const add = (name: string, tensor: ModelTensor) => {
    const reader = readerOf(index, name);
    found.push({ name, tensor, node: reader?.node, input: reader?.input ?? -1 });
  };
  for (const [name, tensor] of graph.initializers) add(name, tensor);
  for (const node of graph.nodes) {
    const tensor = node.is('Constant') ? index.constant(node.outputs[0] ?? '') : undefined;
    if (tensor !== undefined) add(node.outputs[0] as string, tensor);
  }
  return found;
}

/** Smallest and largest number of an array; null where there is none. */
function boundsOf(values: ArrayLike<number | bigint>): [number | null, number | null] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return max >= min ? [min, max] : [null, null];
}

const LOOKED_INTO = new Set([
  'float32',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
]);

export function weightOf({ name, tensor, node }: Constant): WeightInfo {
  const [min, max] = LOOKED_INTO.has(tensor.type) ? boundsOf(tensor.array()) : [null, null];
  const { type: elementType, dims, byteLength: bytes } = tensor;
  const label = node === undefined ? '' : node.name || (node.outputs[0] ?? '');
  return { name, node: label, opType: node?.opType ?? '', elementType, dims, bytes, min, max };
}

export function amounts(constants: readonly Constant[], keyOf: (constant: Constant) => string): Record<string, Amount> {
  const sums = new Map<string, { count: number; bytes: number }>();
  for (const constant of constants) {
    const sum = sums.get(keyOf(constant)) ?? { count: 0, bytes: 0 };
    sum.count += constant.tensor.size;
    sum.bytes += constant.tensor.byteLength;
    sums.set(keyOf(constant), sum);
  }
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b.bytes - a.bytes));
}

export function total(constants: readonly Constant[]): Amount {
  return amounts(constants, () => 'all').all ?? { count: 0, bytes: 0 };
}

/** True for what a Conv, Gemm or MatMul multiplies with. */
export const isWeight = ({ node, input, tensor }: Constant): boolean =>
  node !== undefined && tensor.dims.length > 1 && weightInputOf(node) === input;

/** null without a whole. */
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

export function shareOf(part: readonly Constant[], whole: Amount, macs: number | null): Share {
  const { count, bytes } = total(part);
  return { parameters: ratio(count, whole.count), bytes: ratio(bytes, whole.bytes), macs };
}
