// float32 tensors to int8 and uint8, ONNX QuantizeLinear.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon } from '../addon';
import { makeError } from '../errors';
import { type DataOf, Tensor, type TensorLike } from '../tensor';
import { checkContiguous, checkDisjoint } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { allocateOrThrow, CHECKED, checkTensorLike, copyOf, readTensorLike } from '../tensor/tensor';
import { checkOptions } from '../validate';
import { channelsFor, channelsOf } from './channels';
import { chooseParams } from './choose_params';
import { QuantizedTensor } from './quantized_tensor';
import {
  type AnyQParams,
  type AnyScheme,
  type ByteType,
  checkQParams,
  checkScheme,
  isQParams,
  type QParams,
  type QuantizedType,
  type Scheme,
} from './scheme';

const FLOATS = ['float32'] as const;
const BYTES = ['int8', 'uint8'] as const;

export interface QuantizeOptions<T extends QuantizedType = QuantizedType> {
  /** Where the result goes: an array of the quantized type for as many values as x has. Default: a new one. */
  readonly out?: DataOf<T>;
}

/**
 * q = clamp(roundHalfToEven(x / scale) + zeroPoint), as ONNX QuantizeLinear (opset 10 on): a division, ties to even,
 * infinities saturate, NaN becomes the zero point. With a scheme instead of parameters, the range is the minimum and
 * maximum of x's finite values, per tensor or per channel; x must then hold no NaN or infinity.
 *
 * @param x float32, any dims, contiguous
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE
 */
export function quantize<T extends QuantizedType>(
  x: TensorLike<'float32'>,
  params: QParams<T> | Scheme<T>,
  options?: QuantizeOptions<T>,
): QuantizedTensor<T> {
  const call = prepare(x, params, options);
  addon.quantize(call.data, call.out, call.params.scale, call.params.zeroPoint, call.inner);
  return new QuantizedTensor(call.out as DataOf<T>, Object.freeze(call.form.dims), call.params as QParams<T>, CHECKED);
}

/** As quantize, computed off the event loop. x is copied before the call returns. */
export async function quantizeAsync<T extends QuantizedType>(
  x: TensorLike<'float32'>,
  params: QParams<T> | Scheme<T>,
  options?: QuantizeOptions<T> & AsyncOptions,
): Promise<QuantizedTensor<T>> {
  const signal = signalOf(options);
  const { out } = checkOptions('options', options);
  const given = checkTensorLike('x', x, ['float32']);
  // Finding the range takes a turn of the event loop, in which the caller could change x.
  const input = isQParams(params) ? given : { ...given, data: copyOf('float32', given.data) };
  const found: AnyQParams = isQParams(params) ? params : await paramsOfDataAsync(input, params, signal);
  const call = prepare(input, found, undefined);
  checkOutput(out, call.form);
  await untilAborted(signal, () =>
    addon.quantizeAsync(call.data, call.out, call.params.scale, call.params.zeroPoint, call.inner),
  );
  const result = deliver(out, call.out, call.form) as DataOf<T>;
  return new QuantizedTensor(result, call.form.dims, call.params as QParams<T>);
}

interface Prepared {
  readonly data: Float32Array;
  readonly params: QParams<ByteType>;
  readonly form: OutputForm<ByteType>;
  readonly out: Int8Array | Uint8Array;
  readonly inner: number;
}

/** Throws ERR_UNSUPPORTED for types that have no kernels. */
function bytesOnly(params: AnyQParams): QParams<ByteType> {
  if (!BYTES.includes(params.type as ByteType))
    throw makeError('ERR_UNSUPPORTED', `tensors are quantized to int8 or uint8, got ${params.type}`);
  return params as QParams<ByteType>;
}

function prepare(
  x: TensorLike<'float32'>,
  how: AnyQParams | AnyScheme,
  options: QuantizeOptions | undefined,
): Prepared {
  const input = readTensorLike('x', x, FLOATS);
  const count = checkContiguous('x', input);
  const given = checkOptions('options', options).out;
  const params = bytesOnly(isQParams(how) ? checkQParams('params', how) : paramsOfData(input, how));
  const { inner } = channelsFor(input.dims, params);
  const form = { type: params.type, count, dims: input.dims };
  const out = outputArray(given, form);
  checkDisjoint(out, input.data, 'x');
  return { data: input.data, params, form, out, inner };
}

/** Arrays for the range of a tensor's data by a scheme. */
function rangeBuffers(x: TensorLike<'float32'>, scheme: AnyScheme) {
  checkScheme('params', scheme);
  checkContiguous('x', x);
  const { count, inner } = channelsOf(x.dims, scheme.granularity);
  if (count === 0) throw makeError('ERR_SHAPE', 'x has no channels to quantize');
  return { range: allocateOrThrow('float32', 2 * count, [2 * count]), counts: new Float64Array(2), inner };
}

function paramsOfRange(range: Float32Array, counts: Float64Array, scheme: AnyScheme): AnyQParams {
  if (counts[0]! + counts[1]! > 0)
    throw makeError(
      'ERR_RANGE',
      `the tensor to quantize holds ${counts[0]} NaN and ${counts[1]} infinite values: no range follows from it`,
    );
  const bound = (at: number) => range.filter((_, i) => i % 2 === at).map((v) => (Number.isFinite(v) ? v : 0));
  return chooseParams({ min: bound(0), max: bound(1) }, scheme);
}

function paramsOfData(x: TensorLike<'float32'>, scheme: AnyScheme): AnyQParams {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  addon.minMax(x.data, range, counts, inner);
  return paramsOfRange(range, counts, scheme);
}

async function paramsOfDataAsync(
  x: TensorLike<'float32'>,
  scheme: AnyScheme,
  signal: AbortSignal | undefined,
): Promise<AnyQParams> {
  const { range, counts, inner } = rangeBuffers(x, scheme);
  await untilAborted(signal, () => addon.minMaxAsync(x.data, range, counts, inner));
  return paramsOfRange(range, counts, scheme);
}

export interface DequantizeOptions {
  /** Where the result goes: an array of q's length. Default: a new one. */
  readonly out?: Float32Array;
}

/** x = scale * (q - zeroPoint), as ONNX DequantizeLinear, one rounding. Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE. */
export function dequantize(q: QuantizedTensor, options?: DequantizeOptions): Tensor<'float32'> {
  const { data, form, params, out, inner } = prepareDequantize(q, options);
  addon.dequantize(data, out, params.scale, params.zeroPoint, inner);
  return new Tensor('float32', out, Object.freeze(form.dims), CHECKED);
}

/** As dequantize, computed off the event loop. q is copied before the call returns. */
export async function dequantizeAsync(
  q: QuantizedTensor,
  options?: DequantizeOptions & AsyncOptions,
): Promise<Tensor<'float32'>> {
  const signal = signalOf(options);
  const { out } = checkOptions('options', options);
  const call = prepareDequantize(q, undefined);
  checkOutput(out, call.form);
  await untilAborted(signal, () =>
    addon.dequantizeAsync(call.data, call.out, call.params.scale, call.params.zeroPoint, call.inner),
  );
  return new Tensor('float32', deliver(out, call.out, call.form), call.form.dims);
}

function prepareDequantize(q: QuantizedTensor, options: DequantizeOptions | undefined) {
  const input = readTensorLike('q', q, BYTES);
  const count = checkContiguous('q', input);
  const params = bytesOnly(checkQParams('q.params', q.params));
  if (params.type !== input.type)
    throw makeError('ERR_DTYPE', `q is ${input.type}, but its parameters are for ${params.type}`);
  const { inner } = channelsFor(input.dims, params);
  const form: OutputForm<'float32'> = { type: 'float32', count, dims: input.dims };
  const out = outputArray(checkOptions('options', options).out, form);
  checkDisjoint(out, input.data, 'q');
  return { data: input.data, form, params, out, inner };
}
