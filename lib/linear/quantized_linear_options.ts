// What a quantized linear layer can be asked for, checked and brought into the form of the native layer.
import type { QuantizedLinearSpec } from '../addon';
import { makeError } from '../errors';
import { type QParams, type QuantizedTensor, quantize, type Scheme } from '../quantize';
import { blockOf, checkQParams, checkScheme, resolveAxis, WEIGHT_SCHEME } from '../quantize/scheme';
import type { TensorLike } from '../tensor';
import { checkScale, isObject, reject } from '../validate';
import type { ActivationFunction } from './activation';
import type { LayerWeightFormat, LayerWeightOptions } from './layer_weights';

export interface QuantizedLinearOptions {
  /**
   * How the weights are quantized. A scheme: int8, per tensor or { axis: 0 }. Options of quantizeWeight with a format, or the
   * format's name: integers whose groups are whole rows or multiples of 8, nf4, fp4, float16, bfloat16. Default: int8,
   * symmetric, one scale for each output. Absent for weights that are quantized already.
   */
  readonly weights?: Scheme | LayerWeightFormat | LayerWeightOptions;
  /**
   * How float32 activations become bytes. 'dynamic' (default): each row by its own absmax, symmetric. Parameters: static,
   * per tensor; the layer then also takes activations that are quantized with them already. Only with int8 weights without
   * groups.
   */
  readonly activations?: 'dynamic' | QParams;
  /**
   * The output: 'float32' (default); 'float16', the nearest to what float32 would give, ties to even, infinite from
   * 65,520 on; or the parameters, per tensor, of an int8 or uint8 output, with integer weights only.
   */
  readonly output?: 'float32' | 'float16' | QParams;
  /** Applied after the bias. Default: the layer's own, else 'none'. */
  readonly activation?: ActivationFunction;
}

/** Parameters of a whole tensor: type, one scale, one zero point. */
function tensorParams(name: string, value: unknown): { type: 'int8' | 'uint8'; scale: number; zeroPoint: number } {
  const params = checkQParams(name, value);
  if (params.granularity !== 'tensor')
    throw makeError('ERR_UNSUPPORTED', `${name} must be per tensor: a layer's rows meet one epilogue`);
  if (params.type !== 'int8' && params.type !== 'uint8')
    throw makeError('ERR_UNSUPPORTED', `${name} must be for int8 or uint8, got ${params.type}`);
  const zeroPoint = params.zeroPoint[0]!;
  const low = params.type === 'int8' ? -128 : 0;
  if (zeroPoint < low || zeroPoint > low + 255)
    reject(`${name}.zeroPoint`, `from ${low} to ${low + 255}`, zeroPoint, 'ERR_RANGE');
  return { type: params.type, scale: checkScale(`${name}.scale`, params.scale[0]!), zeroPoint };
}

export function inputSpec(activations: unknown): QuantizedLinearSpec['input'] {
  if (activations === undefined || activations === 'dynamic') return null;
  if (!isObject(activations)) reject('activations', "'dynamic' or quantization parameters", activations, 'ERR_DTYPE');
  return tensorParams('activations', activations);
}

export function outputSpec(output: unknown): QuantizedLinearSpec['output'] {
  if (output === undefined || output === 'float32') return { type: 'float32', scale: 1, zeroPoint: 0 };
  if (output === 'float16') return { type: 'float16', scale: 1, zeroPoint: 0 };
  if (!isObject(output)) reject('output', "'float32', 'float16' or quantization parameters", output, 'ERR_DTYPE');
  return tensorParams('output', output);
}

/** Weights as int8, per tensor or per output; throws ERR_UNSUPPORTED for another scheme. */
export function quantizeByScheme(
  weight: TensorLike<'float32'>,
  scheme: Scheme = WEIGHT_SCHEME,
): QuantizedTensor<'int8'> {
  checkScheme('weights', scheme);
  if (scheme.type !== 'int8') throw makeError('ERR_UNSUPPORTED', `weights must be int8, got ${scheme.type}`);
  if (blockOf(scheme.granularity) !== undefined)
    throw makeError('ERR_UNSUPPORTED', 'weights must be quantized per tensor or along axis 0, not in blocks');
  if (scheme.granularity !== 'tensor' && resolveAxis('weights.granularity.axis', scheme.granularity.axis, 2) !== 0)
    throw makeError('ERR_UNSUPPORTED', 'weights must be quantized per tensor or along axis 0, the outputs');
  const granularity = weight.dims[0] === 0 ? 'tensor' : scheme.granularity; // no outputs, no scales
  return quantize(weight, { ...scheme, granularity }) as QuantizedTensor<'int8'>;
}
