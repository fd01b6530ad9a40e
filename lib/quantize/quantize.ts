// float32 tensors to int8 and uint8, ONNX QuantizeLinear.
import { addon } from '../addon';
import { makeError } from '../errors';
import { type DataOf, Tensor, type TensorLike } from '../tensor';
import { checkContiguous, checkDisjoint } from '../tensor/matrix';
import { allocateOrThrow, checkTensorLike } from '../tensor/tensor';
import { checkOptions, reject } from '../validate';
import { channelsFor, channelsOf } from './channels';
import { chooseParams } from './choose_params';
import { QuantizedTensor } from './quantized_tensor';
import { checkQParams, checkScheme, isQParams, type QParams, type QuantizedType, type Scheme } from './scheme';

export interface QuantizeOptions {
  /** Where the result goes: an array of the quantized type and of x's length. Default: a new one. */
  readonly out?: Int8Array | Uint8Array;
}

/**
 * q = clamp(roundHalfToEven(x / scale) + zeroPoint), as ONNX QuantizeLinear (opset 10 on): a division, ties to even,
 * infinities saturate, NaN becomes the zero point. With a scheme instead of parameters, the range is the minimum and
 * maximum of x's finite values, per tensor or per channel; x must then hold no NaN or infinity.
 *
 * @param x float32, any dims, contiguous
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE
 */
export function quantize(
  x: TensorLike<'float32'>,
  params: QParams | Scheme,
  options?: QuantizeOptions,
): QuantizedTensor {
  const call = prepare(x, params, options);
  addon.quantize(x.data, call.out, call.params.scale, call.params.zeroPoint, call.inner);
  return new QuantizedTensor(call.out, x.dims, call.params);
}

/** As quantize, computed off the event loop. x is copied before the call returns. */
export async function quantizeAsync(
  x: TensorLike<'float32'>,
  params: QParams | Scheme,
  options?: QuantizeOptions,
): Promise<QuantizedTensor> {
  checkOptions('options', options);
  const input = checkTensorLike('x', x, ['float32']);
  const found = isQParams(params) ? params : await paramsOfDataAsync(input, params);
  const call = prepare(input, found, undefined);
  await addon.quantizeAsync(input.data, call.out, call.params.scale, call.params.zeroPoint, call.inner);
  const result = new QuantizedTensor(call.out, x.dims, call.params);
  if (options?.out === undefined) return result;
  const out = checkOut(options.out, call.params.type, call.out.length);
  out.set(call.out);
  return new QuantizedTensor(out, x.dims, call.params);
}

interface Prepared {
  readonly params: QParams;
  readonly out: Int8Array | Uint8Array;
  readonly inner: number;
}

function prepare(x: TensorLike<'float32'>, how: QParams | Scheme, options: QuantizeOptions | undefined): Prepared {
  const input = checkTensorLike('x', x, ['float32']);
  const count = checkContiguous('x', input);
  const given = checkOptions('options', options).out;
  const params = isQParams(how) ? checkQParams('params', how) : paramsOfData(input, how);
  const { inner } = channelsFor(input.dims, params);
  const out =
    given === undefined ? allocateOrThrow(params.type, count, input.dims) : checkOut(given, params.type, count);
  checkDisjoint(out, input.data, 'x');
  return { params, out, inner };
}

function checkOut<T extends QuantizedType>(out: unknown, type: T, length: number): DataOf<T> {
  const fits = type === 'int8' ? out instanceof Int8Array : out instanceof Uint8Array;
  if (!fits) reject('out', `a ${type === 'int8' ? 'Int8Array' : 'Uint8Array'}`, out, 'ERR_DTYPE');
  if ((out as DataOf<T>).length !== length)
    throw makeError('ERR_SHAPE', `out must have length ${length}, got ${(out as DataOf<T>).length}`);
  return out as DataOf<T>;
}

/** Arrays for the range of a tensor's data by a scheme. */
function rangeBuffers(x: TensorLike<'float32'>, scheme: Scheme) {
  checkScheme('params', scheme);
  checkContiguous('x', x);
  const { count, inner } = channelsOf(x.dims, scheme.granularity);
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to quantize');
  return { range: new Float32Array(2 * count), counts: new Float64Array(2), inner };
}

function paramsOfRange(range: Float32Array, counts: Float64Array, scheme: Scheme): QParams {
  if (counts[0]! + counts[1]! > 0)
    throw makeError('ERR_RANGE', `x holds ${counts[0]} NaN and ${counts[1]} infinite values: no range follows from it`);
  const bound = (at: number) => range.filter((_, i) => i % 2 === at).map((v) => (Number.isFinite(v) ? v : 0));
  return chooseParams({ min: bound(0), max: bound(1) }, scheme);
}

function paramsOfData(x: TensorLike<'float32'>, scheme: Scheme): QParams {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  addon.minMax(x.data, range, counts, inner);
  return paramsOfRange(range, counts, scheme);
}

async function paramsOfDataAsync(x: TensorLike<'float32'>, scheme: Scheme): Promise<QParams> {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  await addon.minMaxAsync(x.data, range, counts, inner);
  return paramsOfRange(range, counts, scheme);
}

/** x = scale * (q - zeroPoint), as ONNX DequantizeLinear, one rounding. Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE. */
export function dequantize(q: QuantizedTensor): Tensor<'float32'> {
  const { out, inner } = prepareDequantize(q);
  addon.dequantize(q.data, out, q.params.scale, q.params.zeroPoint, inner);
  return new Tensor('float32', out, q.dims);
}

/** As dequantize, computed off the event loop. q is copied before the call returns. */
export async function dequantizeAsync(q: QuantizedTensor): Promise<Tensor<'float32'>> {
  const { out, inner } = prepareDequantize(q);
  await addon.dequantizeAsync(q.data, out, q.params.scale, q.params.zeroPoint, inner);
  return new Tensor('float32', out, q.dims);
}

function prepareDequantize(q: QuantizedTensor): { out: Float32Array; inner: number } {
  const input = checkTensorLike('q', q, ['int8', 'uint8']);
  const count = checkContiguous('q', input);
  const params = checkQParams('q.params', q.params);
  if (params.type !== input.type)
    throw makeError('ERR_DTYPE', `q is ${input.type}, but its parameters are for ${params.type}`);
  const { inner } = channelsFor(input.dims, params);
  return { out: allocateOrThrow('float32', count, input.dims), inner };
}
