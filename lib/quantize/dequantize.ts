// Quantized tensors to float32 ones, ONNX DequantizeLinear.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { makeError } from '../errors';
import { Tensor } from '../tensor';
import { checkContiguous, checkDisjoint } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, readTensorLike } from '../tensor/tensor';
import { checkOptions } from '../validate';
import { channelsFor } from './channels';
import type { QuantizedTensor } from './quantized_tensor';
import { checkQParams, QUANTIZED_TYPES, type QuantizedType } from './scheme';
import { dequantizeValues, dequantizeValuesAsync, type TypeCall } from './type_calls';

export interface DequantizeOptions {
  /** Where the result goes: an array with a float for each value of q. Default: a new one. */
  readonly out?: Float32Array;
}

/** x = scale * (q - zeroPoint), as ONNX DequantizeLinear, one rounding. Throws ERR_DTYPE, ERR_SHAPE, ERR_RANGE. */
export function dequantize<T extends QuantizedType>(
  q: QuantizedTensor<T>,
  options?: DequantizeOptions,
): Tensor<'float32'> {
  const call = prepare(q, options);
  dequantizeValues(call);
  return new Tensor('float32', call.real, Object.freeze(call.form.dims), CHECKED);
}

/** As dequantize, computed off the event loop. q is copied before the call returns. */
export async function dequantizeAsync<T extends QuantizedType>(
  q: QuantizedTensor<T>,
  options?: DequantizeOptions & AsyncOptions,
): Promise<Tensor<'float32'>> {
  const signal = signalOf(options);
  const { out } = checkOptions('options', options);
  const call = prepare(q, undefined);
  checkOutput(out, call.form);
  await untilAborted(signal, () => dequantizeValuesAsync(call));
  return new Tensor('float32', deliver(out, call.real, call.form), call.form.dims);
}

interface Prepared extends TypeCall {
  readonly form: OutputForm<'float32'>;
}

function prepare<T extends QuantizedType>(q: QuantizedTensor<T>, options: DequantizeOptions | undefined): Prepared {
  const input = readTensorLike('q', q, QUANTIZED_TYPES);
  const count = checkContiguous('q', input);
  const params = checkQParams('q.params', q.params);
  if (params.type !== input.type)
    throw makeError('ERR_DTYPE', `q is ${input.type}, but its parameters are for ${params.type}`);
  const { inner } = channelsFor(input.dims, params);
  const form: OutputForm<'float32'> = { type: 'float32', count, dims: input.dims };
  const real = outputArray(checkOptions('options', options).out, form);
  checkDisjoint(real, input.data, 'q');
  return { real, quantized: input.data, params, inner, form };
}
