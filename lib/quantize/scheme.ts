// How values are quantized: type, symmetry, granularity; and the parameters that come out of it.
// The definition throughout: real = scale * (q - zeroPoint).
import { makeError } from '../errors';
import { isDataOf } from '../tensor/dtype';
import { checkInteger, checkOneOf, isObject, reject } from '../validate';

/** One scale for the whole tensor, one for each index along an axis, or one for each block along it. */
export type Granularity = 'tensor' | { readonly axis: number } | { readonly axis: number; readonly block: number };

/** The types of one byte, which matrix products and layers take. */
export type ByteType = 'int8' | 'uint8';

export type QuantizedType = ByteType | 'int16' | 'uint16' | 'int4' | 'uint4';

/**
 * A quantization scheme.
 * `symmetric`: the zero point is 0 (signed types) or 2^(bits - 1) (unsigned ones). `range`: narrow leaves the lowest value
 * unused, so that the range is as wide on both sides; default narrow for symmetric signed types, else full.
 */
export interface Scheme<T extends QuantizedType = ByteType> {
  readonly type: T;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
  readonly range?: 'full' | 'narrow';
}

/**
 * Quantization parameters. `scale` and `zeroPoint` hold one value for the tensor, one for each index of the axis, or one for
 * each block: those of a tensor whose axis has as many indices as there are blocks along it, the last one maybe shorter.
 * Scales are finite and greater than 0; zero points lie in the type's range.
 */
export interface QParams<T extends QuantizedType = ByteType> {
  readonly type: T;
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  readonly granularity: Granularity;
}

export type AnyScheme = Scheme<QuantizedType>;
export type AnyQParams = QParams<QuantizedType>;

/** The default for weights [out, in]: int8, symmetric, one scale for each output. */
export const WEIGHT_SCHEME: Scheme = { type: 'int8', symmetric: true, granularity: { axis: 0 } };

const FULL_RANGE = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int4: [-8, 7],
  uint4: [0, 15],
} as const;

/** By the number that crosses the boundary to native code. */
export const QUANTIZED_TYPES = Object.keys(FULL_RANGE) as readonly QuantizedType[];

/** Smallest and largest quantized value of a type. */
export function rangeOf(type: QuantizedType): readonly [number, number] {
  return FULL_RANGE[type];
}

/** Smallest and largest quantized value that a scheme uses. */
export function schemeRange(scheme: AnyScheme): readonly [number, number] {
  const [low, high] = FULL_RANGE[scheme.type];
  const range = scheme.range ?? (scheme.symmetric && low < 0 ? 'narrow' : 'full');
  return range === 'narrow' ? [low + 1, high] : [low, high];
}

/** Checks a granularity's form. */
export function checkGranularity(name: string, value: unknown): Granularity {
  if (value === 'tensor') return value;
  if (!isObject(value) || !Number.isInteger(value.axis))
    reject(name, "'tensor', { axis: integer } or { axis, block }", value, 'ERR_DTYPE');
  const axis = value.axis as number;
  if (value.block === undefined) return { axis };
  return { axis, block: checkInteger(`${name}.block`, value.block, 1, 2 ** 31 - 1) };
}

/** The length of a granularity's blocks along its axis; undefined where it has none. */
export function blockOf(granularity: Granularity): number | undefined {
  return granularity !== 'tensor' && 'block' in granularity ? granularity.block : undefined;
}

/** Throws unless `value` is a scheme. */
export function checkScheme(name: string, value: unknown): AnyScheme {
  if (!isObject(value)) reject(name, 'a scheme { type, symmetric, granularity }', value, 'ERR_DTYPE');
  checkOneOf(`${name}.type`, value.type, QUANTIZED_TYPES);
  if (typeof value.symmetric !== 'boolean') reject(`${name}.symmetric`, 'true or false', value.symmetric, 'ERR_DTYPE');
  checkGranularity(`${name}.granularity`, value.granularity);
  if (value.range !== undefined) checkOneOf(`${name}.range`, value.range, ['full', 'narrow']);
  return value as unknown as AnyScheme;
}

/** Throws unless `value` is a set of parameters whose arrays fit together. Their values are checked where they are used. */
export function checkQParams(name: string, value: unknown): AnyQParams {
  if (!isObject(value)) reject(name, 'parameters { type, scale, zeroPoint, granularity }', value, 'ERR_DTYPE');
  const params = value as unknown as AnyQParams;
  checkOneOf(`${name}.type`, params.type, QUANTIZED_TYPES);
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
export function isQParams<T extends QuantizedType>(value: QParams<T> | Scheme<T>): value is QParams<T> {
  return isObject(value) && 'scale' in value;
}

/** An axis of a tensor with `rank` dimensions, counted from the end when negative. */
export function resolveAxis(name: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    reject(name, `an axis from ${-rank} to ${rank - 1} of ${rank} dimensions`, axis, 'ERR_RANGE');
  return axis < 0 ? axis + rank : axis;
}
