// Tensor: dims and a typed array, structurally that of onnxruntime-node and transformers.js.
import { makeError } from '../errors';
import { isObject, reject, show } from '../validate';
import {
  allocate,
  arrayName,
  checkDType,
  type DataOf,
  type DType,
  type DTypeMap,
  elementsFor,
  inferDType,
  isDataOf,
  type TypedArray,
} from './dtype';

/** What octavo's functions take: its own Tensor, onnxruntime-node's, or a plain object of this shape. */
export interface TensorLike<T extends DType = DType> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: DataOf<T>;
  /** Strides in elements. Only rows may be apart: the last one is 1. Absent means contiguous. */
  readonly strides?: readonly number[] | undefined;
}

type InferredType = 'float32' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64';

/** A copy of `dims`; throws ERR_SHAPE for anything but non-negative integers of a safe product. */
export function checkDims(name: string, dims: unknown): number[] {
  if (!Array.isArray(dims)) reject(`${name}.dims`, 'an array of dimensions', dims, 'ERR_DTYPE');
  // A matrix at once: small calls notice an array that grows.
  const rank = dims.length;
  const copy: unknown[] = rank === 2 ? [dims[0], dims[1]] : [];
  let product = 1; // without the zero dimensions, so that [0, 2 ** 60] is refused as well
  for (let axis = 0; axis < rank; axis++) {
    if (axis === copy.length) copy.push(dims[axis]);
    const dim = copy[axis];
    if (typeof dim !== 'number' || !Number.isInteger(dim) || dim < 0)
      reject(`${name}.dims`, 'non-negative integers', dims, 'ERR_SHAPE');
    product *= dim === 0 ? 1 : dim;
    if (product > Number.MAX_SAFE_INTEGER)
      reject(`${name}.dims`, 'dimensions whose product is at most 2^53 - 1', dims, 'ERR_SHAPE');
  }
  return copy as number[];
}

/** The number of values of `dims`; throws ERR_SHAPE for anything but non-negative integers of a safe product. */
export function countValues(name: string, dims: unknown): number {
  return productOf(checkDims(name, dims));
}

/** The number of values of checked dims. */
export function productOf(dims: readonly number[]): number {
  let product = 1;
  for (let axis = 0; axis < dims.length; axis++) product *= dims[axis]!;
  return product;
}

// The latest dims of a matrix that came out of a call: results of one form after the other share them.
// They stand beside their numbers, as reading a frozen array is slow.
let latest = { rows: 0, columns: 0, dims: Object.freeze([0, 0]) as readonly number[] };

/** Frozen dims of a result: `leading`, which are checked, with `last` in place of their last one. */
export function resultDims(leading: readonly number[], last: number): readonly number[] {
  if (leading.length !== 2) return Object.freeze([...leading.slice(0, -1), last]);
  const rows = leading[0]!;
  if (latest.rows !== rows || latest.columns !== last)
    latest = { rows, columns: last, dims: Object.freeze([rows, last]) };
  return latest.dims;
}

/** @internal Only this package can have it: for tensors whose parts were checked where they were made. */
export const CHECKED: unique symbol = Symbol('checked');

/** A dense tensor in row-major order. It wraps the array it is given and copies nothing. */
export class Tensor<T extends DType = DType> implements TensorLike<T> {
  // Declared, so that each is written once: results of small calls are made often.
  declare readonly type: T;
  declare readonly dims: readonly number[];
  declare readonly data: DataOf<T>;

  /**
   * @param type element type
   * @param data the values; `data.length` must fit `dims`
   * @param dims non-negative integers
   * @throws ERR_DTYPE if `data` is not the typed array of `type`; ERR_SHAPE if its length does not fit
   */
  constructor(type: T, data: DataOf<T>, dims: readonly number[]);
  /** @internal The data fit the dims, which are frozen. */
  constructor(type: T, data: DataOf<T>, dims: readonly number[], checked: typeof CHECKED);
  constructor(type: T, data: DataOf<T>, dims: readonly number[], checked?: typeof CHECKED) {
    this.type = type;
    this.dims = checked === CHECKED ? dims : checkParts(type, data, dims);
    this.data = data;
  }

  /** Number of values. */
  get size(): number {
    return productOf(this.dims);
  }

  /** Where the values lie: onnxruntime-node asks every input. */
  get location(): 'cpu' {
    return 'cpu';
  }

  /** A tensor over `data`, whose element type follows from its class unless it is named. */
  static from<A extends DTypeMap[InferredType]>(data: A, dims?: readonly number[]): Tensor<InferTensorType<A>>;
  static from<T extends DType>(data: DataOf<T>, dims: readonly number[] | undefined, type: T): Tensor<T>;
  static from(data: DTypeMap[DType], dims?: readonly number[], type?: DType): Tensor {
    const inferred = type ?? inferDType(data);
    if (inferred === undefined || !ArrayBuffer.isView(data))
      reject('data', 'a typed array whose element type is clear (else name the type)', data, 'ERR_DTYPE');
    return new Tensor(inferred, data, dims ?? [data.length]);
  }

  /** A tensor of zeros. Throws ERR_SHAPE if the dims cannot be allocated. */
  static zeros<T extends DType>(type: T, dims: readonly number[]): Tensor<T> {
    const count = countValues('tensor', dims);
    checkDType('type', type);
    return new Tensor(type, allocateOrThrow(type, count, dims), dims);
  }
}

/** Throws unless `data` is an array of `type` for `dims`; returns a frozen copy of these. */
function checkParts(type: unknown, data: unknown, given: unknown): readonly number[] {
  const checkedType = checkDType('type', type);
  if (!isDataOf(checkedType, data)) reject('data', `a ${arrayName(checkedType)} for ${checkedType}`, data, 'ERR_DTYPE');
  const dims = checkDims('tensor', given);
  const expected = elementsFor(checkedType, productOf(dims));
  if (data.length !== expected)
    throw makeError(
      'ERR_SHAPE',
      `data of ${checkedType} [${dims.join(', ')}] must have length ${expected}, got ${show(data)}`,
    );
  return Object.freeze(dims);
}

/** The element type that an array class stands for, whatever kind of buffer is behind it. */
export type InferTensorType<A> = { [K in InferredType]: A extends DTypeMap[K] ? K : never }[InferredType];

/** A zeroed array for `count` values; a size that the engine refuses becomes ERR_SHAPE. */
export function allocateOrThrow<T extends DType>(type: T, count: number, dims: readonly number[]): DataOf<T> {
  try {
    return allocate(type, count);
  } catch (cause) {
    throw makeError('ERR_SHAPE', `cannot allocate ${type} [${dims.join(', ')}]: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A copy of an array of one of the types with one value in each element. It may be detached if it is empty. */
export function copyOf<T extends DType>(type: T, data: DataOf<T>): DataOf<T> {
  const copy = allocateOrThrow(type, data.length, [data.length]);
  if (data.length > 0) (copy as { set(values: DataOf<T>): void }).set(data);
  return copy;
}

/**
 * The tensor that `value` is, each property read once, so that what was checked is what is used. Throws unless it is of
 * one of `types`; the length of its data is checked against dims and strides by the caller.
 */
export function checkTensorLike<T extends DType>(name: string, value: unknown, types: readonly T[]): TensorLike<T> {
  const tensor = readTensorLike(name, value, types);
  checkUnshared(name, tensor.data);
  return tensor;
}

/** Native code refuses shared memory as well; what copies data itself refuses it here. */
export function checkUnshared(name: string, data: TypedArray): void {
  if (data.buffer instanceof SharedArrayBuffer)
    throw makeError('ERR_DTYPE', `${name}.data must not lie in a SharedArrayBuffer: other threads could change it`);
}

/** As checkTensorLike, for calls that hand the data to native code as they are: it refuses shared memory. */
export function readTensorLike<T extends DType>(name: string, value: unknown, types: readonly T[]): TensorLike<T> {
  if (!isObject(value)) reject(name, 'a tensor { type, dims, data }', value, 'ERR_DTYPE');
  const { type, dims, data, strides } = value as unknown as TensorLike<T>;
  if (types.includes(type) && isDataOf(type, data)) return { type, dims: checkDims(name, dims), data, strides };
  if ((value as { location?: unknown }).location === 'cuda')
    throw makeError('ERR_DTYPE', `${name} lies on a GPU: await ${name}.toHost() copies it to the host`);
  if (!types.includes(type)) reject(`${name}.type`, types.join(' or '), type, 'ERR_DTYPE');
  reject(`${name}.data`, `a ${arrayName(type)} for ${type}`, data, 'ERR_DTYPE');
}
