// The ONNX models that peers run: the same work as octavo's calls, weights as constants.
import type { PeerModel, PeerTensor } from '../contestant';
import { encodeOnnxModel, type OnnxNode } from './onnx_model';

type Data = PeerTensor['data'];

/** A tensor over `data` of the given dims; the element type follows from the array. */
export function peerTensor(data: Data, dims: readonly number[]): PeerTensor {
  if (data instanceof Float32Array) return { type: 'float32', dims, data };
  if (data instanceof Int32Array) return { type: 'int32', dims, data };
  return { type: data instanceof Int8Array ? 'int8' : 'uint8', dims, data };
}

const scalar = (data: Data): PeerTensor => peerTensor(data, []);

function createModel(
  nodes: readonly OnnxNode[],
  x: PeerTensor,
  y: PeerTensor,
  initializers: Readonly<Record<string, PeerTensor>>,
): PeerModel {
  const model = encodeOnnxModel({ nodes, inputs: { x }, outputs: { y }, initializers });
  return { model, inputs: { x }, output: { name: 'y', tensor: y } };
}

/** y = x · w in int32; x is int8 or uint8 [m, k], w is int8 [k, n]. */
export function matMulIntegerModel(x: PeerTensor, w: PeerTensor, y: PeerTensor): PeerModel {
  return createModel([{ op: 'MatMulInteger', inputs: ['x', 'w'], outputs: ['y'] }], x, y, { w });
}

/** y = x · w (+ bias) in float32. */
export function matMulModel(x: PeerTensor, w: PeerTensor, y: PeerTensor, bias?: PeerTensor): PeerModel {
  if (bias === undefined) return createModel([{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }], x, y, { w });
  const nodes = [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] },
    { op: 'Add', inputs: ['product', 'bias'], outputs: ['y'] },
  ];
  return createModel(nodes, x, y, { w, bias });
}

/** Quantized weights of a layer: values [k, n], one scale for each of the n columns, float32 bias [n]. */
export interface PeerLayer {
  readonly w: PeerTensor;
  readonly wScale: PeerTensor;
  readonly bias: PeerTensor;
}

/** Float in, float out: the input is quantized to uint8 by its own range, multiplied in integers, scaled and biased. */
export function dynamicLinearModel(x: PeerTensor, layer: PeerLayer, y: PeerTensor): PeerModel {
  const nodes: OnnxNode[] = [
    { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'xScale', 'xZero'] },
    { op: 'MatMulInteger', inputs: ['q', 'w', 'xZero'], outputs: ['product'] },
    { op: 'Cast', inputs: ['product'], outputs: ['real'], attributes: { to: 1 } },
    { op: 'Mul', inputs: ['xScale', 'wScale'], outputs: ['scale'] },
    { op: 'Mul', inputs: ['real', 'scale'], outputs: ['scaled'] },
    { op: 'Add', inputs: ['scaled', 'bias'], outputs: ['y'] },
  ];
  return createModel(nodes, x, y, { w: layer.w, wScale: layer.wScale, bias: layer.bias });
}

/** Symmetric weights of 4 bits in blocks that divide k, as MatMulNBits has them. */
export interface PeerInt4 {
  /** [n, k / block, block / 2], the first of two values in the low half, the zero point 8. */
  readonly nibbles: PeerTensor;
  /** [n * k / block] */
  readonly scale: PeerTensor;
  readonly block: number;
}

/** y = x · wᵀ in float32 with weights of 4 bits, rows of x rounded to int8. */
export function matMulInt4Model(x: PeerTensor, w: PeerInt4, y: PeerTensor): PeerModel {
  const [k = 0, n = 0] = [x.dims.at(-1), y.dims.at(-1)];
  const attributes = { K: k, N: n, bits: 4, block_size: w.block, accuracy_level: 4 };
  const inputs = ['x', 'w', 'scale'];
  const node = { op: 'MatMulNBits', domain: 'com.microsoft', inputs, outputs: ['y'], attributes } as const;
  return createModel([node], x, y, { w: w.nibbles, scale: w.scale });
}

export interface PeerScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The zero point's type is that of the quantized tensor it belongs to. */
function zeroPointOf(tensor: PeerTensor, { zeroPoint }: PeerScale): PeerTensor {
  return scalar(tensor.type === 'int8' ? Int8Array.of(zeroPoint) : Uint8Array.of(zeroPoint));
}

/** 8-bit in, 8-bit out, no bias (QLinearMatMul has none). */
export function staticLinearModel(
  x: PeerTensor,
  layer: Omit<PeerLayer, 'bias'>,
  y: PeerTensor,
  scales: { readonly x: PeerScale; readonly y: PeerScale },
): PeerModel {
  const inputs = ['x', 'xScale', 'xZero', 'w', 'wScale', 'wZero', 'yScale', 'yZero'];
  return createModel([{ op: 'QLinearMatMul', inputs, outputs: ['y'] }], x, y, {
    xScale: scalar(Float32Array.of(scales.x.scale)),
    xZero: zeroPointOf(x, scales.x),
    w: layer.w,
    wScale: layer.wScale,
    wZero: peerTensor(new Int8Array(layer.wScale.data.length), layer.wScale.dims),
    yScale: scalar(Float32Array.of(scales.y.scale)),
    yZero: zeroPointOf(y, scales.y),
  });
}

/** QuantizeLinear or DequantizeLinear of a whole tensor with one scale; the element types say which. */
export function quantizeModel(x: PeerTensor, y: PeerTensor, scale: PeerScale): PeerModel {
  const quantizes = x.type === 'float32';
  const op = quantizes ? 'QuantizeLinear' : 'DequantizeLinear';
  return createModel([{ op, inputs: ['x', 'scale', 'zero'], outputs: ['y'] }], x, y, {
    scale: scalar(Float32Array.of(scale.scale)),
    zero: zeroPointOf(quantizes ? y : x, scale),
  });
}
