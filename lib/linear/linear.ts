/// <reference lib="esnext.disposable" preserve="true" />
// The float32 linear layer.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type PackedHandle } from '../addon';
import { makeError } from '../errors';
import { float32Weights } from '../matmul/float32_weights';
import { checkPlacement } from '../matmul/placement';
import { openToken, type ShareToken, shareHandle } from '../storage';
import type { TensorLike } from '../tensor';
import { isDataOf } from '../tensor/dtype';
import { checkContiguous, rowsOf } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, checkTensorLike, readTensorLike, resultDims, Tensor } from '../tensor/tensor';
import { checkOptions, isObject, reject } from '../validate';
import { type ActivationFunction, type ActivationNumbers, activationNumbers } from './activation';
import { type LayerPlacement, PLACE_LAYER } from './placement';

export interface LinearOptions {
  /** Applied after the bias, in the same call. Default 'none'. */
  readonly activation?: ActivationFunction;
}

export interface LinearForwardOptions {
  /** Where the result goes: a Float32Array of its length. Default: a new one. */
  readonly out?: Float32Array;
}

export type Bias = Float32Array | TensorLike<'float32'>;

/** What `Linear.share()` returns: the weights stay where they are, bias and activation travel with the token. */
export interface LinearToken extends ShareToken<'Linear'> {
  readonly bias: Float32Array | null;
  readonly activation: ActivationFunction;
}

/** A checked call: the rows of x, the output's form, and the array for it as it was given. */
interface Prepared extends OutputForm<'float32'> {
  readonly data: Float32Array;
  readonly m: number;
  readonly stride: number;
  readonly out: unknown;
}

const FLOATS = ['float32'] as const;

/** Weights that are packed already, in place of the constructor's first argument. Not exported: only open() has one. */
class OpenedWeights {
  readonly k: number;
  readonly n: number;
  constructor(readonly packed: PackedHandle) {
    const { type, k, n } = addon.packedShape(packed);
    if (type !== 'float32') reject('token', 'that of a Linear', `${type} weights`, 'ERR_DTYPE');
    this.k = k;
    this.n = n;
  }
}

/** y = act(x Wᵀ + b) in float32, with the weights packed once. */
export class Linear {
  /** [outFeatures], a copy of what was given, or null. */
  readonly bias: Float32Array | null;
  /** Applied after the bias. */
  readonly activation: ActivationFunction;
  readonly inFeatures: number;
  readonly outFeatures: number;
  #weight: TensorLike<'float32'> | undefined;
  readonly #packed: PackedHandle;
  readonly #activation: ActivationNumbers;

  /**
   * @param weight float32 [outFeatures, inFeatures], as in PyTorch and safetensors
   * @param bias float32 [outFeatures]
   * @throws ERR_SHAPE, ERR_DTYPE, ERR_RANGE
   */
  constructor(weight: TensorLike<'float32'>, bias?: Bias | null, options?: LinearOptions);
  constructor(weight: TensorLike<'float32'> | OpenedWeights, bias?: Bias | null, options?: LinearOptions) {
    const { activation = 'none' } = checkOptions('options', options);
    this.#activation = activationNumbers(activation);
    this.activation = activation;
    const source = weight instanceof OpenedWeights ? weight : float32Weights('weight', weight, true);
    this.bias = checkBias(bias, source.n);
    this.inFeatures = source.k;
    this.outFeatures = source.n;
    this.#weight = weight instanceof OpenedWeights ? undefined : weight;
    this.#packed = 'packed' in source ? source.packed : addon.packFloat32(source.data, source.k, source.n, true);
  }

  /**
   * The layer that another thread of this process shared, on the same memory. It must not have been disposed of or
   * collected before this call; afterwards both threads' layers keep the memory.
   * @throws ERR_DTYPE, ERR_SHAPE or ERR_RANGE for what is no token of a Linear; ERR_DISPOSED if the layer is gone, or
   *   was shared by another process
   */
  static open(token: LinearToken): Linear {
    const opened = new OpenedWeights(openToken('Linear', token) as PackedHandle);
    const { bias, activation } = token;
    return new Linear(opened as unknown as TensorLike<'float32'>, bias, { activation });
  }

  /** A token to send to other threads of this process, for Linear.open. Keep this object until they have done so. */
  share(): LinearToken {
    return { ...shareHandle('Linear', this.#packed), bias: this.bias, activation: this.activation };
  }

  /** [outFeatures, inFeatures]: the array that was given, or for an opened layer a copy made at the first use. */
  get weight(): TensorLike<'float32'> {
    this.#weight ??= this.#unpack();
    return this.#weight;
  }

  /**
   * @param x float32 [..., inFeatures]; `strides` may put rows apart
   * @returns float32 [..., outFeatures]
   * @throws ERR_SHAPE, ERR_DTYPE
   */
  forward(x: TensorLike<'float32'>, options?: LinearForwardOptions): Tensor<'float32'> {
    const call = this.#prepare(x, options);
    const out = outputArray(call.out, call);
    const { bias } = this;
    const { kind, low, high } = this.#activation;
    // Every argument takes time to look at, which small layers notice.
    if (kind !== 0) addon.matmulFloat32(call.data, this.#packed, out, call.m, call.stride, bias, kind, low, high);
    else if (bias !== null) addon.matmulFloat32(call.data, this.#packed, out, call.m, call.stride, bias);
    else addon.matmulFloat32(call.data, this.#packed, out, call.m, call.stride);
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
      addon.matmulFloat32Async(data, this.#packed, result, m, stride, this.bias, kind, low, high),
    );
    return new Tensor('float32', deliver(call.out, result, call), call.dims, CHECKED);
  }

  /** A copy of the layer on a GPU, as QuantizedLinear.to. */
  to<T>(device: LayerPlacement<T>): T {
    checkPlacement(device, PLACE_LAYER);
    const { inFeatures, outFeatures, bias } = this;
    return device[PLACE_LAYER]({ inFeatures, outFeatures, weights: this.#packed, bias, activation: this.#activation });
  }

  /** Frees the packed weights as soon as no call uses them; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#packed);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #unpack(): Tensor<'float32'> {
    const weight = Tensor.zeros('float32', [this.outFeatures, this.inFeatures]);
    addon.unpackFloat32(this.#packed, weight.data);
    return weight;
  }

  #prepare(x: TensorLike<'float32'>, options: LinearForwardOptions | undefined): Prepared {
    const { out } = checkOptions('options', options);
    const input = readTensorLike('x', x, FLOATS);
    const { data, m, k, stride } = rowsOf('x', input);
    checkFeatures(k, this.inFeatures);
    const dims = resultDims(input.dims, this.outFeatures);
    return { type: 'float32', count: m * this.outFeatures, dims, data, m, stride, out };
  }
}

/** @internal Throws ERR_SHAPE unless rows have the layer's width. */
export function checkFeatures(k: number, inFeatures: number): void {
  if (k !== inFeatures) throw makeError('ERR_SHAPE', `x must be [..., ${inFeatures}], got rows of ${k}`);
}

/** @internal A bias as a new array of one float32 for each output, which the caller cannot change any more, or null. */
export function checkBias(bias: unknown, n: number): Float32Array | null {
  if (bias === undefined || bias === null) return null;
  if (!isObject(bias)) reject('bias', 'a Float32Array or a float32 tensor', bias, 'ERR_DTYPE');
  const data = isDataOf('float32', bias) ? bias : tensorData(bias);
  if (data.length !== n) throw makeError('ERR_SHAPE', `bias must have length ${n}, got ${data.length}`);
  return Float32Array.from(data);
}

function tensorData(bias: unknown): Float32Array {
  const tensor: TensorLike<'float32'> = checkTensorLike('bias', bias, ['float32']);
  checkContiguous('bias', tensor);
  return tensor.data;
}
