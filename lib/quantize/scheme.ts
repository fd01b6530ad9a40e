// How values are quantized: type, symmetry, granularity; and the parameters that come out of it.
// The definition throughout: real = scale * (q - zeroPoint).
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { checkOneOf, isObject, reject } from '../validate';

/** One scale for the whole tensor, one for each index along an axis, or one for each block along it. */
export type Granularity = 'tensor' | { readonly axis: number } | { readonly axis: number; readonly block: number };

export type QuantizedType = 'int8' | 'uint8';

/**
 * A quantization scheme.
 * `symmetric`: the zero point is 0 (int8) or 128 (uint8). `range`: narrow leaves the lowest value unused, so that the
 * range is as wide on both sides; default narrow for symmetric int8, else full.
 */
export interface Scheme {
  readonly type: QuantizedType;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
  readonly range?: 'full' | 'narrow';
}

/**
 * Quantization parameters. `scale` and `zeroPoint` hold one value for the tensor, or one for each index of the axis.
 * Scales are finite and greater than 0; zero points lie in the type's range.
 */
export interface QParams<T extends QuantizedType = QuantizedType> {
  readonly type: T;
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly granularity: Granularity;
}

/** The default for weights [out, in]: int8, symmetric, one scale for each output. */
export const WEIGHT_SCHEME: Scheme = { type: 'int8', symmetric: true, granularity: { axis: 0 } };

const TYPES: readonly QuantizedType[] = ['int8', 'uint8'];
const FULL_RANGE = { int8: [-128, 127], uint8: [0, 255] } as const;

/** Smallest and largest quantized value of a type. */
export function rangeOf(type: QuantizedType): readonly [number, number] {
  return FULL_RANGE[type];
}

/** Smallest and largest quantized value that a scheme uses. */
export function schemeRange(scheme: Scheme): readonly [number, number] {
  const [low, high] = FULL_RANGE[scheme.type];
  const range = scheme.range ?? (scheme.symmetric && scheme.type === 'int8' ? 'narrow' : 'full');
  return range === 'narrow' ? [low + 1, high] : [low, high];
}

/** The zero point of symmetric quantization. */
export function symmetricZeroPoint(type: QuantizedType): number {
  return type === 'int8' ? 0 : 128;
}

/** Checks a granularity's form; blocks are refused with ERR_UNSUPPORTED. */
export function checkGranularity(name: string, value: unknown): Granularity {
  if (value === 'tensor') return value;
  if (!isObject(value) || !Number.isInteger(value.axis))
    reject(name, "'tensor' or { axis: integer }", value, 'ERR_DTYPE');
  if ('block' in value && value.block !== undefined)
    throw makeError('ERR_UNSUPPORTED', `${name}: block-wise quantization is not supported for 8-bit types`);
  return { axis: value.axis as number };
}

/** Throws unless `value` is a scheme. */
export function checkScheme(name: string, value: unknown): Scheme {
  if (!isObject(value)) reject(name, 'a scheme { type, symmetric, granularity }', value, 'ERR_DTYPE');
  checkOneOf(`${name}.type`, value.type, TYPES);
  if (typeof value.symmetric !== 'boolean') reject(`${name}.symmetric`, 'true or false', value.symmetric, 'ERR_DTYPE');
  checkGranularity(`${name}.granularity`, value.granularity);
  if (value.range !== undefined) checkOneOf(`${name}.range`, value.range, ['full', 'narrow']);
  return value as unknown as Scheme;
}

/** Throws unless `value` is a set of parameters whose arrays fit together. Their values are checked where they are used. */
export function checkQParams(name: string, value: unknown): QParams {
  if (!isObject(value)) reject(name, 'parameters { type, scale, zeroPoint, granularity }', value, 'ERR_DTYPE');
  const params = value as unknown as QParams;
  checkOneOf(`${name}.type`, params.type, TYPES);
  checkGranularity(`${name}.granularity`, params.granularity);
  if (!isDataOf('float32', params.scale)) reject(`${name}.scale`, 'a Float32Array', params.scale, 'ERR_DTYPE');
  if (!isDataOf('int32', params.zeroPoint)) reject(`${name}.zeroPoint`, 'an Int32Array', params.zeroPoint, 'ERR_DTYPE');
  if (params.scale.length !== params.zeroPoint.length)
    throw makeError(
      'ERR_SHAPE',
      `${name}.scale and ${name}.zeroPoint must be equally long, got ${params.scale.length} and ${params.zeroPoint.length}`,
    );
  if (params.granularity === 'tensor' && params.scale.length !== 1)
    throw makeError('ERR_SHAPE', `${name} per tensor must hold one scale, got ${params.scale.length}`);
  return params;
}

/** A scheme has `symmetric`, parameters have a scale: which of the two `value` is. */
export function isQParams(value: QParams | Scheme): value is QParams {
  return isObject(value) && 'scale' in value;
}

/** An axis of a tensor with `rank` dimensions, counted from the end when negative. */
export function resolveAxis(name: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    reject(name, `an axis from ${-rank} to ${rank - 1} of ${rank} dimensions`, axis, 'ERR_RANGE');
  return axis < 0 ? axis + rank : axis;
}
