// What a quantized linear layer puts out, and the arrays that it takes along: where results go, what is added to them.
import { makeError } from '../errors';
import type { ByteType, QuantizedTensor } from '../quantize';
import type { DataOf, Tensor, TensorLike } from '../tensor';
import { rowsOf } from '../tensor/matrix';
import { readTensorLike } from '../tensor/tensor';

type FloatOutput = 'float32' | 'float16';

/** The type of a layer's outputs. */
export type LayerOutput = FloatOutput | ByteType;

type FloatsOf<T> = T extends FloatOutput ? Tensor<T> : never;
type BytesOf<T extends ByteType> = [T] extends [never] ? never : QuantizedTensor<T>;
export type OutputOf<O extends LayerOutput> = FloatsOf<O> | BytesOf<Extract<O, ByteType>>;

export interface ForwardOptions {
  /**
   * Where the result goes: an array of the output's type and length; for float16 a Uint16Array, or a Float16Array where
   * the runtime has one. Default: a new one.
   */
  readonly out?: DataOf<LayerOutput>;
  /**
   * float32 [..., outFeatures], of the output's dims, added after the bias and before the activation; `strides` may put
   * rows apart. It must not overlap `out`.
   */
  readonly residual?: TensorLike<'float32'>;
}

/** What native code gets of a residual. */
export interface Residual {
  readonly data: Float32Array;
  readonly stride: number;
}

/** Throws ERR_DTYPE, or ERR_SHAPE unless its dims are those of the output. */
export function residualRows(residual: unknown, dims: readonly number[]): Residual {
  const tensor = readTensorLike('residual', residual, ['float32']);
  if (tensor.dims.length !== dims.length || tensor.dims.some((dim, axis) => dim !== dims[axis]))
    throw makeError(
      'ERR_SHAPE',
      `residual must be [${dims.join(', ')}] as the output, got [${tensor.dims.join(', ')}]`,
    );
  return rowsOf('residual', tensor);
}

/** An output array as native code takes it: any float16 array as its 16-bit words. An empty one may be detached. */
export function wordsOf(out: DataOf<LayerOutput>): DataOf<LayerOutput> {
  if (out.BYTES_PER_ELEMENT !== 2 || out instanceof Uint16Array) return out;
  return out.length === 0 ? new Uint16Array() : new Uint16Array(out.buffer, out.byteOffset, out.length);
}
