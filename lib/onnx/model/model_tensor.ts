// A tensor that a model holds: an initializer or an attribute. Its bytes may still lie in a file.
import { makeError } from '../../errors';
import { productOf } from '../../tensor/tensor';
import { arrayOver, byteLengthOf, type ElementArray, type ElementType, type NumericType } from './element_type';

/** Where the values are. A file's are read when they are asked for, and not kept. */
export type TensorSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'strings'; readonly strings: readonly string[] }
  | { readonly kind: 'file'; readonly byteLength: number; readonly read: () => Uint8Array };

/** Immutable: passes replace tensors, they do not write into them. */
export class ModelTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
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
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const expected = byteLengthOf(type, productOf(dims));
    if (bytes.length !== expected)
      throw makeError('ERR_SHAPE', `${type} [${dims.join(', ')}] takes ${expected} bytes, got ${bytes.length}`);
    return new ModelTensor(type, dims, { kind: 'bytes', bytes });
  }

  static scalar(type: NumericType, array: ElementArray): ModelTensor {
    return ModelTensor.of(type, [], array);
  }

  /** Number of values. */
  get size(): number {
    return productOf(this.dims);
  }

  /** Bytes of the values as they lie in raw_data; 0 for strings. */
  get byteLength(): number {
    if (this.source.kind === 'bytes') return this.source.bytes.length;
    return this.source.kind === 'file' ? this.source.byteLength : 0;
  }

  /** Little-endian bytes, as in raw_data. Read-only. Throws ERR_DTYPE for strings, ERR_FILE for a file that is gone. */
  bytes(): Uint8Array {
    if (this.source.kind === 'bytes') return this.source.bytes;
    if (this.source.kind === 'file') return this.source.read();
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
