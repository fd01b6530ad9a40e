// Quantization parameters as Q and DQ nodes state them, in a graph that is being worked on.
import { type ElementType, elementTypeOf, intOf, type Node } from '../../model';
import type { Constant, WorkingGraph } from './working_graph';

const MICROSOFT = 'com.microsoft';

type NodeOf<T extends string> = Node & { opType: T };

export const isQ = (node: Node | undefined): node is NodeOf<'QuantizeLinear'> =>
  node?.opType === 'QuantizeLinear' && (node.domain === '' || node.domain === MICROSOFT);

export const isDq = (node: Node | undefined): node is NodeOf<'DequantizeLinear'> =>
  node?.opType === 'DequantizeLinear' && (node.domain === '' || node.domain === MICROSOFT);

/** One value, as a scalar or as a tensor of one. */
export function isScalar(constant: Constant | undefined): boolean {
  return (
    constant?.dims !== undefined &&
    (constant.dims.length === 0 || (constant.dims.length === 1 && constant.dims[0] === 1))
  );
}

/** Values of a constant as numbers; undefined for one whose values are not known. */
export function valuesOf(constant: Constant | undefined): readonly number[] | undefined {
  if (constant?.tensor === undefined || constant.type === 'string') return undefined;
  if (constant.type === 'float16' || constant.type === 'bfloat16') return undefined;
  return Array.from(constant.tensor.array() as ArrayLike<number | bigint>, Number);
}

export interface Quantization {
  readonly scale: Constant | undefined;
  /** undefined where the input is absent, or not constant. */
  readonly zeroPoint: Constant | undefined;
  readonly hasZeroPoint: boolean;
  /** The type of the integers. */
  readonly type: ElementType | undefined;
  readonly axis: number;
  readonly block: number;
  /** Scale and zero point are constants, or the zero point is absent. */
  readonly isConstant: boolean;
  /** Both are of one value. */
  readonly perTensor: boolean;
}

/** The type of a tensor of integers, from what stands around it. */
function integerType(graph: WorkingGraph, name: string | undefined): ElementType | undefined {
  const constant = graph.constant(name);
  if (constant !== undefined) return constant.type;
  const producer = graph.producer(name);
  if (isQ(producer)) return quantizationOf(graph, producer).type;
  const input = graph.model.graph.inputs.find((one) => one.name === name);
  return input?.type?.kind === 'tensor' ? input.type.elementType : undefined;
}

function typeOf(graph: WorkingGraph, node: Node, zeroPoint: Constant | undefined): ElementType | undefined {
  if (zeroPoint?.type !== undefined) return zeroPoint.type;
  if (isDq(node)) return integerType(graph, node.inputs[0]);
  const stated = intOf(node, 'output_dtype', 0);
  return stated === 0 ? 'uint8' : elementTypeOf(stated);
}

/** What a Q or DQ node says. */
export function quantizationOf(graph: WorkingGraph, node: Node): Quantization {
  const [, scaleName, zeroPointName = ''] = node.inputs;
  const scale = graph.constant(scaleName);
  const hasZeroPoint = zeroPointName !== '';
  const zeroPoint = hasZeroPoint ? graph.constant(zeroPointName) : undefined;
  return {
    scale,
    zeroPoint,
    hasZeroPoint,
    type: typeOf(graph, node, zeroPoint),
    axis: intOf(node, 'axis', 1),
    block: intOf(node, 'block_size', 0),
    isConstant: scale !== undefined && (!hasZeroPoint || zeroPoint !== undefined),
    perTensor: isScalar(scale) && (!hasZeroPoint || isScalar(zeroPoint)),
  };
}

/** Scale and zero point of a per-tensor quantization as numbers; an absent zero point is 0. */
export function scalarsOf(quantization: Quantization): { scale: number; zeroPoint: number } | undefined {
  if (!quantization.isConstant || !quantization.perTensor) return undefined;
  const scale = valuesOf(quantization.scale)?.[0];
  const zeroPoint = quantization.hasZeroPoint ? valuesOf(quantization.zeroPoint)?.[0] : 0;
  return scale === undefined || zeroPoint === undefined ? undefined : { scale, zeroPoint };
}

/** Both are per tensor, with explicit zero points, and equal to the last bit. */
export function areEqualPairs(a: Quantization, b: Quantization): boolean {
  if (!a.hasZeroPoint || !b.hasZeroPoint || a.type !== b.type) return false;
  const one = scalarsOf(a);
  const other = scalarsOf(b);
  return one !== undefined && other !== undefined && one.scale === other.scale && one.zeroPoint === other.zeroPoint;
}

export const INTEGER_LIMITS: Readonly<Partial<Record<ElementType, readonly [min: number, max: number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};
