// One door to all formats and methods of quantized weights.
import { signalOf } from '../abort_signal';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { rowsOf } from '../tensor/matrix';
import { checkTensorLike } from '../tensor/tensor';
import { checkInteger, checkOneOf, checkOptions, isObject, reject } from '../validate';
import { awq } from './awq';
import { BLOCK_TYPES, type BlockType, checkFinite, checkMatrix, type FloatMatrix } from './block_weights';
import { CODEBOOK_TYPES, type CodebookType } from './codebook';
import { gptq } from './gptq';
import { GramMatrix } from './gram';
import { hqq } from './hqq';
import type { Watch } from './native_calls';
import { checkGram, outputError, outputErrorAsync } from './output_error';
import { roundNearest } from './round_nearest';
import { runTurns } from './turns';
import {
  dequantizeInParts,
  dequantizeWeight,
  type MethodResult,
  type WeightMethod,
  type WeightProblem,
  type WeightScheme,
} from './weight_method';
import { type WeightSize, weightSize } from './weight_size';

export type WeightFormatName = BlockType | CodebookType;
export const WEIGHT_METHODS = ['nearest', 'hqq', 'gptq', 'awq'] as const;
export type WeightMethodName = (typeof WEIGHT_METHODS)[number];

export interface QuantizeWeightOptions {
  /** Default: 'int4'. */
  readonly format?: WeightFormatName | undefined;
  /**
   * Weights that share a scale: of a row for integers, whose last group may be shorter, of the whole matrix for nf4 and fp4;
   * 'channel': a whole row. Default: 128 for integers of 4 bits, 'channel' for those of 8, 64 for nf4 and fp4.
   */
  readonly group?: number | 'channel' | undefined;
  /** Integers only. Default: true for signed types, false for unsigned ones. */
  readonly symmetric?: boolean | undefined;
  /** Integers only: 'mse' searches scales of the least squared error, 'range' covers the largest weight. Default: 'mse'. */
  readonly clip?: 'range' | 'mse' | undefined;
  /** nf4 and fp4 only. Default: true. */
  readonly doubleQuantization?: boolean | undefined;
  /** A name, for the method's default options, or what gptq(...) and the like give. Default: 'nearest'. */
  readonly method?: WeightMethodName | WeightMethod | undefined;
  /** Of the layer's inputs. 'gptq' and 'awq' need it; with others it gives outputError. */
  readonly gram?: GramMatrix | undefined;
}

export interface QuantizedWeight extends MethodResult {
  readonly format: WeightFormatName;
  readonly method: string;
  readonly size: WeightSize;
  /** Squared error of the outputs over their squares, on the inputs behind `gram`; undefined without it. */
  readonly outputError: number | undefined;
}

/** How quantizeWeightAsync is watched: progress counts rows of the weight, as far as the method tells. */
export interface QuantizeWeightAsyncOptions extends QuantizeWeightOptions, Watch {}

const METHODS: Readonly<Record<WeightMethodName, () => WeightMethod>> = { nearest: roundNearest, hqq, gptq, awq };

/** A method by its name, with its default options. Throws ERR_RANGE, ERR_DTYPE for what is no name. */
export function weightMethod(name: WeightMethodName): WeightMethod {
  return METHODS[checkOneOf('method', name, WEIGHT_METHODS)]();
}

/** Options that fit the weight. */
interface Request {
  readonly method: WeightMethod;
  readonly format: WeightFormatName;
  readonly problem: WeightProblem;
}

/**
 * Quantizes the weight [outputs, channels] of a linear layer y = W x.
 *
 * @param weight float32, as safetensors and PyTorch have it, or a matrix { data, rows, columns }
 * @returns the weights, with what the inputs are to be divided by if the method says so ('awq'); dequantizeWeight gives floats
 * @throws ERR_DTYPE, ERR_RANGE, ERR_SHAPE for malformed arguments, options that do not go together, weights that are not finite,
 *   a missing Gram matrix; ERR_UNSUPPORTED for formats that a method does not choose
 */
export function quantizeWeight(
  weight: TensorLike<'float32'> | FloatMatrix,
  options: QuantizeWeightOptions = {},
): QuantizedWeight {
  const request = requestOf(weight, options);
  const { method, problem } = request;
  const result = method.quantize(problem);
  const { matrix, gram } = problem;
  return resultOf(request, result, gram && outputError(matrix, dequantizeWeight(result), gram));
}

/**
 * As quantizeWeight, off the event loop, or in turns of it that take some milliseconds each; only nf4 and fp4 are encoded in one. Changes
 * that are made to the weight or the Gram matrix meanwhile do not matter.
 *
 * @throws what quantizeWeight throws; the signal's reason, and what `onProgress` throws
 */
export async function quantizeWeightAsync(
  weight: TensorLike<'float32'> | FloatMatrix,
  options: QuantizeWeightAsyncOptions = {},
): Promise<QuantizedWeight> {
  const watch = watchOf(options);
  const { method, format, problem } = requestOf(weight, options);
  const { gram, scheme, matrix: given } = problem;
  const own = { scheme, matrix: { ...given, data: given.data.slice() }, gram: gram && copyOf(gram) };
  const result = await (method.quantizeAsync?.(own, watch) ?? method.quantize(own));
  signalOf(watch);
  if (own.gram === undefined) return resultOf({ method, format, problem: own }, result, undefined);
  const replacement = await runTurns(dequantizeInParts(result), watch);
  const error = await outputErrorAsync(own.matrix, replacement, own.gram, watch);
  return resultOf({ method, format, problem: own }, result, error);
}

const copyOf = (gram: GramMatrix): GramMatrix => new GramMatrix(gram.channels).merge(gram);

function watchOf(options: unknown): Watch {
  const given = checkOptions('options', options as QuantizeWeightAsyncOptions);
  const { onProgress } = given;
  if (onProgress !== undefined && typeof onProgress !== 'function')
    reject('options.onProgress', 'a function', onProgress, 'ERR_DTYPE');
  return { signal: signalOf(given), onProgress };
}

function requestOf(weight: unknown, options: unknown): Request {
  const matrix = matrixOf(weight);
  const given = checkOptions('options', options as QuantizeWeightOptions);
  const format = checkOneOf('format', given.format ?? 'int4', [...BLOCK_TYPES, ...CODEBOOK_TYPES]);
  const method = methodOf(given.method ?? 'nearest');
  const { gram } = given;
  if (gram !== undefined) {
    if (!(gram instanceof GramMatrix)) reject('gram', 'a GramMatrix', gram, 'ERR_DTYPE');
    checkGram(matrix, gram);
  } else if (method.needsGram)
    throw makeError('ERR_RANGE', `the method ${method.name} needs \`gram\`, a GramMatrix of the layer's inputs`);
  return { method, format, problem: { matrix, scheme: schemeOf(format, given, matrix.columns), gram } };
}

function resultOf({ format, method }: Request, result: MethodResult, error: number | undefined): QuantizedWeight {
  return { ...result, format, method: method.name, size: weightSize(result.weights), outputError: error };
}

function matrixOf(weight: unknown): FloatMatrix {
  if (isObject(weight) && 'rows' in weight) {
    const matrix = checkMatrix('weight', weight);
    checkFinite(matrix.data);
    return matrix;
  }
  const tensor = checkTensorLike('weight', weight, ['float32'] as const);
  if (tensor.dims.length !== 2 || tensor.dims.includes(0))
    throw makeError('ERR_SHAPE', `weight must be [outputs, channels], got dims [${tensor.dims.join(', ')}]`);
  const { data, m: rows, k: columns, stride } = rowsOf('weight', tensor);
  const dense = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) dense.set(data.subarray(row * stride, row * stride + columns), row * columns);
  checkFinite(dense);
  return { data: stride === columns ? data : dense, rows, columns };
}

function methodOf(method: unknown): WeightMethod {
  if (typeof method === 'string') return weightMethod(method as WeightMethodName);
  if (!isObject(method) || typeof method.quantize !== 'function')
    reject('method', `one of ${WEIGHT_METHODS.join(', ')}, or a WeightMethod`, method, 'ERR_DTYPE');
  return method as unknown as WeightMethod;
}

function schemeOf(format: WeightFormatName, options: QuantizeWeightOptions, columns: number): WeightScheme {
  const { group, symmetric, clip, doubleQuantization } = options;
  if (format === 'nf4' || format === 'fp4') {
    const refused = Object.entries({ symmetric, clip }).find(([, value]) => value !== undefined);
    if (refused !== undefined) reject(refused[0], `absent for ${format}`, refused[1], 'ERR_RANGE');
    return { type: format, block: groupSize(group ?? 64, columns), doubleQuantization };
  }
  if (doubleQuantization !== undefined)
    reject('doubleQuantization', `absent for ${format}`, doubleQuantization, 'ERR_RANGE');
  const size = groupSize(group ?? (format.endsWith('4') ? 128 : 'channel'), columns);
  return { type: format, block: size, symmetric: symmetric ?? !format.startsWith('u'), clip };
}

function groupSize(group: unknown, columns: number): number {
  return group === 'channel' ? columns : checkInteger('group', group, 1, 2 ** 30);
}
