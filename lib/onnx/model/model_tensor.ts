// A tensor that a model holds: an initializer or an attribute. Its bytes may still lie in a file, or not be computed yet.
import { makeError } from '../../errors';
import { productOf } from '../../tensor/tensor';
import { arrayOver, byteLengthOf, type ElementArray, type ElementType, type NumericType } from './element_type';

/**
 * Where the values are. Those of a file are read, and computed ones computed, each time they are asked for, and not kept:
 * a model whose tensors are such takes no more memory than the largest of them.
 */
export type TensorSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'strings'; readonly strings: readonly string[] }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly offset: number;
      readonly byteLength: number;
      readonly read: () => Uint8Array;
    }
  | { readonly kind: 'computed'; readonly byteLength: number; readonly read: () => Uint8Array };

const bytesOf = (array: ElementArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function checkedBytes(type: NumericType, dims: readonly number[], array: ElementArray): Uint8Array {
  const expected = byteLengthOf(type, productOf(dims));
  if (array.byteLength === expected) return bytesOf(array);
  throw makeError('ERR_SHAPE', `${type} [${dims.join(', ')}] takes ${expected} bytes, got ${array.byteLength}`);
}

/** Immutable: passes replace tensors, they do not write into them. */
export class ModelTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Tensors of one source are stored once where a model's tensors lie in a file of their own. */
  readonly source: TensorSource;

  constructor(type: ElementType, dims: readonly number[], source: TensorSource) {
    this.type = type;
    this.dims = dims;
    this.source = source;
  }

  /**
   * A tensor over an array, which it keeps: float16 and bfloat16 as Uint16Array, bool as bytes, 4-bit types two values a byte.
   * @throws ERR_SHAPE if the array's length does not fit the dims
   */
  static of(type: NumericType, dims: readonly number[], array: ElementArray): ModelTensor {
    return new ModelTensor(type, dims, { kind: 'bytes', bytes: checkedBytes(type, dims, array) });
  }

  static scalar(type: NumericType, array: ElementArray): ModelTensor {
    return ModelTensor.of(type, [], array);
  }

  /**
   * A tensor whose values `compute` gives, as `of` takes them, each time they are asked for: always the same. Reading
   * throws ERR_SHAPE if their number does not fit the dims.
   */
  static computed(type: NumericType, dims: readonly number[], compute: () => ElementArray): ModelTensor {
    const byteLength = byteLengthOf(type, productOf(dims));
    return new ModelTensor(type, dims, {
      kind: 'computed',
      byteLength,
      read: () => checkedBytes(type, dims, compute()),
    });
  }

  static ofStrings(dims: readonly number[], strings: readonly string[]): ModelTensor {
    if (strings.length !== productOf(dims))
      throw makeError('ERR_SHAPE', `strings [${dims.join(', ')}] are ${productOf(dims)}, got ${strings.length}`);
    return new ModelTensor('string', dims, { kind: 'strings', strings });
  }

  /** Number of values. */
  get size(): number {
    return productOf(this.dims);
  }

  /** Bytes of the values as they lie in raw_data; 0 for strings. */
  get byteLength(): number {
    if (this.source.kind === 'bytes') return this.source.bytes.length;
    return this.source.kind === 'strings' ? 0 : this.source.byteLength;
  }

  /**
   * Little-endian bytes, as in raw_data. Read-only. Throws ERR_DTYPE for strings, ERR_FILE for a file that is gone or has
   * changed, and what the computation of a computed tensor throws.
   */
  bytes(): Uint8Array {
    if (this.source.kind === 'bytes') return this.source.bytes;
    if (this.source.kind !== 'strings') return this.source.read();
    throw makeError('ERR_DTYPE', 'a tensor of strings has no bytes');
  }

  /** The values in the typed array of their type. Read-only. Throws as bytes() does. */
  array(): ElementArray {
    return arrayOver(this.type as NumericType, this.bytes());
  }

  /** The values of a float32 tensor. Throws ERR_DTYPE for other types. */
  floats(): Float32Array {
    if (this.type !== 'float32') throw makeError('ERR_DTYPE', `expected a float32 tensor, got ${this.type}`);
    return this.array() as Float32Array;
  }

  strings(): readonly string[] {
    if (this.source.kind !== 'strings') throw makeError('ERR_DTYPE', `expected a tensor of strings, got ${this.type}`);
    return this.source.strings;
  }

  /** The same values under other dims. Throws ERR_SHAPE if their number differs. */
  reshaped(dims: readonly number[]): ModelTensor {
    if (productOf(dims) !== this.size)
      throw makeError('ERR_SHAPE', `[${this.dims.join(', ')}] cannot be reshaped to [${dims.join(', ')}]`);
    return new ModelTensor(this.type, dims, this.source);
  }
}
