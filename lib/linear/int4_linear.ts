/// <reference lib="esnext.disposable" preserve="true" />
// Linear layers whose weights have 4 bits.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import type { TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { rowsOf } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, readTensorLike, resultDims, Tensor } from '../tensor/tensor';
import { checkInteger, checkOptions, isObject, reject } from '../validate';
import { type BlockWeights, packNibbles } from '../weights';
import { type ActivationNumbers, activationNumbers } from './activation';
import { type Bias, checkBias, checkFeatures, type LinearForwardOptions, type LinearOptions } from './linear';

/** A checked call: the rows of x, the output's form, and the array for it as it was given. */
interface Prepared extends OutputForm<'float32'> {
  readonly data: Float32Array;
  readonly m: number;
  readonly stride: number;
  readonly out: unknown;
}

/**
 * y = act(x Wᵀ + b) with weights of 4 bits in blocks, w = scale * (q - zeroPoint), and each row of x rounded to int8 by its own
 * scale s = absmax / 127. A block's sum of products is exact in int32; blocks follow one another in one chain of float32
 * fused multiply-adds, and s multiplies their sum: the same bits on every instruction set and with any number of threads.
 *
 * A weight takes half a byte, and each block 4 bytes more, 5 where zero points are not the middle of their range.
 */
export class Int4Linear {
  /** [outFeatures], a copy of what was given, or null. */
  readonly bias: Float32Array | null;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #packed: PackedHandle;
  readonly #activation: ActivationNumbers;

  /**
   * @param weights int4 or uint4 [outFeatures, inFeatures], as roundToNearest gives them; not needed afterwards. Blocks have a
   *   multiple of 8 values, or all of a row
   * @param bias float32 [outFeatures]
   * @throws ERR_DTYPE for weights of other types; ERR_SHAPE for arrays that are not of the weights' size; ERR_RANGE for a block
   *   that is no multiple of 8, scales that are not finite, zero points outside of the type
   */
  constructor(weights: BlockWeights, bias?: Bias | null, options?: LinearOptions) {
    const { activation = 'none' } = checkOptions('options', options);
    this.#activation = activationNumbers(activation);
    this.#packed = packWeights(weights);
    this.inFeatures = weights.columns;
    this.outFeatures = weights.rows;
    this.bias = checkBias(bias, weights.rows);
  }

  /** Bytes of native memory. Throws ERR_DISPOSED after dispose(). */
  get byteLength(): number {
    return addon.handleBytes(this.#packed);
  }

  /**
   * @param x float32 [..., inFeatures]; `strides` may put rows apart
   * @returns float32 [..., outFeatures]
   * @throws ERR_SHAPE, ERR_DTYPE
   */
  forward(x: TensorLike<'float32'>, options?: LinearForwardOptions): Tensor<'float32'> {
    const call = this.#prepare(x, options);
    const out = outputArray(call.out, call);
    const { kind, low, high } = this.#activation;
    addon.matmulInt4(call.data, this.#packed, out, call.m, call.stride, this.bias, kind, low, high);
    return new Tensor('float32', out, call.dims, CHECKED);
  }

  /** As forward, computed off the event loop. x is copied before the call returns. */
  async forwardAsync(
    x: TensorLike<'float32'>,
    options?: LinearForwardOptions & AsyncOptions,
  ): Promise<Tensor<'float32'>> {
    const signal = signalOf(options);
    const call = this.#prepare(x, options);
    checkOutput(call.out, call);
    const result = outputArray(undefined, call);
    const { data, m, stride } = call;
    const { kind, low, high } = this.#activation;
    await untilAborted(signal, () =>
      addon.matmulInt4Async(data, this.#packed, result, m, stride, this.bias, kind, low, high),
    );
    return new Tensor('float32', deliver(call.out, result, call), call.dims, CHECKED);
  }

  /** Frees the packed weights as soon as no call uses them; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#packed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #prepare(x: TensorLike<'float32'>, options: LinearForwardOptions | undefined): Prepared {
    const { out } = checkOptions('options', options);
    const input = readTensorLike('x', x, ['float32']);
    const { data, m, k, stride } = rowsOf('x', input);
    checkFeatures(k, this.inFeatures);
    const dims = resultDims(input.dims, this.outFeatures);
    return { type: 'float32', count: m * this.outFeatures, dims, data, m, stride, out };
  }
}

function packWeights(weights: BlockWeights): PackedHandle {
  if (!isObject(weights)) reject('weights', 'weights in blocks', weights, 'ERR_DTYPE');
  const { type, values, scale, zeroPoint } = weights;
  if (type !== 'int4' && type !== 'uint4') reject('weights.type', 'int4 or uint4', type, 'ERR_DTYPE');
  const [rows, columns, block] = (['rows', 'columns', 'block'] as const).map((name) =>
    checkInteger(`weights.${name}`, weights[name], 1, 2 ** 31 - 1),
  ) as [number, number, number];
  if (!(isDataOf('int8', values) || isDataOf('uint8', values)))
    reject('weights.values', 'an Int8Array or a Uint8Array', values, 'ERR_DTYPE');
  if (!isDataOf('int32', zeroPoint)) reject('weights.zeroPoint', 'an Int32Array', zeroPoint, 'ERR_DTYPE');
  if (values.length !== rows * columns)
    throw makeError('ERR_SHAPE', `weights.values must hold ${rows * columns} values, got ${values.length}`);
  // Zero points cross the boundary as int8: what does not fit must not wrap into the range.
  const zeros = Int8Array.from({ length: zeroPoint.length }, (_, i) => Math.max(-128, Math.min(127, zeroPoint[i]!)));
  return addon.packInt4(packNibbles(values), scale, zeros, columns, rows, block, type === 'int4');
}
