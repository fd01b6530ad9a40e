// float32 tensors to quantized ones, ONNX QuantizeLinear.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import type { DataOf, TensorLike } from '../tensor';
import { checkContiguous, checkDisjoint } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, checkTensorLike, copyOf, readTensorLike } from '../tensor/tensor';
import { checkOptions } from '../validate';
import { channelsFor } from './channels';
import { paramsOfData, paramsOfDataAsync } from './data_params';
import { QuantizedTensor } from './quantized_tensor';
import {
  type AnyQParams,
  type AnyScheme,
  checkQParams,
  isQParams,
  type QParams,
  type QuantizedType,
  type Scheme,
} from './scheme';
import { quantizeValues, quantizeValuesAsync, type TypeCall } from './type_calls';

const FLOATS = ['float32'] as const;

export interface QuantizeOptions<T extends QuantizedType = QuantizedType> {
  /** Where the result goes: an array of the quantized type for as many values as x has. Default: a new one. */
  readonly out?: DataOf<T>;
}

/**
 * q = clamp(roundHalfToEven(x / scale) + zeroPoint), as ONNX QuantizeLinear (opset 10 on): a division, ties to even,
 * infinities saturate, NaN becomes the zero point. With a scheme instead of parameters, the range is the minimum and
 * maximum of x's finite values, per tensor, per channel or per block; x must then hold no NaN or infinity. Values of 4 bits
 * lie two in a byte, the first in the low nibble.
 *
 * @param x float32, any dims, contiguous
 * @throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE; ERR_UNSUPPORTED for blocks that do not divide the last axis
 */
export function quantize<T extends QuantizedType>(
  x: TensorLike<'float32'>,
  params: QParams<T> | Scheme<T>,
  options?: QuantizeOptions<T>,
): QuantizedTensor<T> {
  const call = prepare(x, params, options);
  quantizeValues(call);
  return new QuantizedTensor<T>(
    call.quantized as DataOf<T>,
    Object.freeze(call.form.dims),
    call.params as QParams<T>,
    CHECKED,
  );
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
  await untilAborted(signal, () => quantizeValuesAsync(call));
  const result = deliver(out, call.quantized, call.form) as DataOf<T>;
  return new QuantizedTensor<T>(result, call.form.dims, call.params as QParams<T>);
}

interface Prepared extends TypeCall {
  readonly form: OutputForm<QuantizedType>;
}

function prepare(
  x: TensorLike<'float32'>,
  how: AnyQParams | AnyScheme,
  options: QuantizeOptions | undefined,
): Prepared {
  const input = readTensorLike('x', x, FLOATS);
  const count = checkContiguous('x', input);
  const given = checkOptions('options', options).out;
  const params = isQParams(how) ? checkQParams('params', how) : paramsOfData(input, how);
  const { inner } = channelsFor(input.dims, params);
  const form = { type: params.type, count, dims: input.dims };
  const quantized = outputArray(given, form);
  checkDisjoint(quantized, input.data, 'x');
  return { real: input.data, quantized, params, inner, form };
}
