// The weights of a quantized linear layer: floats and how to quantize them, or weights that are quantized already.
import { addon } from '../addon';
import { makeError } from '../errors';
import { float32Weights } from '../matmul/float32_weights';
import type { Scheme } from '../quantize';
import type { TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { isObject, reject } from '../validate';
import {
  type CodebookWeights,
  type MethodResult,
  type QuantizeWeightOptions,
  quantizeWeight,
  type StoredWeights,
  type WeightFormatName,
} from '../weights';
import type { ActivationFunction } from './activation';
import type { Bias } from './linear';
import { floatTensor, HALF_TYPES, type HalfType, halfTypeOf, packCodebook, packHalf } from './packed_floats';
import { type PackedWeightsOfLayer, packBlocks } from './packed_weights';
import { quantizeByScheme } from './quantized_linear_options';

/** The name of a format of weights: those of quantizeWeight, and floats of 16 bits. */
export type LayerWeightFormat = WeightFormatName | HalfType;

/** Options of quantizeWeight, which a format's name stands for as well: 'int4' for { format: 'int4' }. 16-bit floats have none. */
export interface LayerWeightOptions extends Omit<QuantizeWeightOptions, 'format'> {
  readonly format: LayerWeightFormat;
}

/** What QuantizedLinear.from takes: a Linear, or its parts. */
export interface FloatLayer {
  /** float32 [outFeatures, inFeatures] */
  readonly weight: TensorLike<'float32'>;
  readonly bias?: Bias | null;
  readonly activation?: ActivationFunction;
}

/**
 * A layer whose weights [outFeatures, inFeatures] stay as they are: the result of quantizeWeight, or its `weights`, or floats of
 * 16 bits, as checkpoints have them.
 */
export interface StoredLayer extends Omit<FloatLayer, 'weight'> {
  readonly weight: MethodResult | StoredWeights | TensorLike<HalfType>;
}

/** Packed weights, with what x is to be divided by, channel by channel, if anything. */
export interface LayerWeights extends PackedWeightsOfLayer {
  readonly inputScale: Float32Array | null;
}

export const isHalf = (format: unknown): format is HalfType => HALF_TYPES.includes(format as HalfType);
const unscaled = (packed: PackedWeightsOfLayer): LayerWeights => ({ ...packed, inputScale: null });
export const isCodebook = (weights: StoredWeights): weights is CodebookWeights => 'codes' in weights;
const isScheme = (how: unknown): how is Scheme => isObject(how) && 'granularity' in how;

/** Packs the weights of a layer. Throws as QuantizedLinear.from says. */
export function packLayerWeights(weight: unknown, how: unknown): LayerWeights {
  if (isObject(weight) && !('dims' in weight)) {
    if (how !== undefined) reject('weights', 'absent for weights that are quantized already', how, 'ERR_RANGE');
    return packStored(weight as unknown as MethodResult | StoredWeights);
  }
  const half = halfTypeOf(weight);
  if (how === undefined && half !== undefined) return unscaled(packHalf(weight, half));
  if (how === undefined || isScheme(how)) return packByScheme(floatTensor('layer.weight', weight, half), how);
  const options = typeof how === 'string' ? { format: how } : how;
  if (!isObject(options) || typeof options.format !== 'string')
    reject('weights', "a scheme, the name of a format, or { format: 'int4', ... }", how, 'ERR_DTYPE');
  const { format } = options;
  if (isHalf(format))
    return unscaled(packHalf(half === format ? weight : floatTensor('layer.weight', weight, half), format));
  const floats = floatTensor('layer.weight', weight, half);
  float32Weights('layer.weight', floats, true);
  return packStored(quantizeWeight(floats, options as unknown as QuantizeWeightOptions));
}

function packByScheme(weight: TensorLike<'float32'>, scheme: Scheme | undefined): LayerWeights {
  const { k, n } = float32Weights('layer.weight', weight, true);
  const { data, params } = quantizeByScheme(weight, scheme);
  const weightZeroPoint = params.zeroPoint.every((zero) => zero === 0) ? null : params.zeroPoint;
  const weights = addon.packInt8(data, k, n, true);
  return { weights, k, n, weightScale: params.scale, weightZeroPoint, inputScale: null };
}

function packStored(given: MethodResult | StoredWeights): LayerWeights {
  const { weights, inputScale } = 'weights' in given ? given : { weights: given, inputScale: undefined };
  if (!isObject(weights)) reject('layer.weight.weights', 'quantized weights', weights, 'ERR_DTYPE');
  const packed = isCodebook(weights) ? packCodebook(weights) : packBlocks(weights);
  if (inputScale === undefined) return unscaled(packed);
  if (!isDataOf('float32', inputScale)) reject('inputScale', 'a Float32Array', inputScale, 'ERR_DTYPE');
  if (inputScale.length !== packed.k)
    throw makeError('ERR_SHAPE', `inputScale must hold ${packed.k} values, got ${inputScale.length}`);
  return { ...packed, inputScale: Float32Array.from(inputScale) };
}
