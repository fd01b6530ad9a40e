/// <reference lib="esnext.disposable" preserve="true" />
// The quantized linear layer: int8 weights, int8 activations, one fused native call.
import { type AsyncOptions, signalOf, untilAborted } from '../abort_signal';
import { addon, type QuantizedLinearHandle } from '../addon';
import { checkPlacement } from '../matmul/placement';
import { type ByteType, type QParams, QuantizedTensor } from '../quantize';
import {
  type LoadOptions,
  loadHandle,
  loadHandleAsync,
  openToken,
  type ShareToken,
  saveHandle,
  saveHandleAsync,
  shareHandle,
} from '../storage';
import type { DataOf, TensorLike } from '../tensor';
import { rowsOf } from '../tensor/matrix';
import { checkOutput, deliver, type OutputForm, outputArray } from '../tensor/output_array';
import { CHECKED, readTensorLike, resultDims, Tensor } from '../tensor/tensor';
import { checkOptions, isObject, reject } from '../validate';
import { activationSpec } from './activation';
import {
  type ForwardOptions,
  type LayerOutput,
  type OutputOf,
  type Residual,
  residualRows,
  wordsOf,
} from './layer_output';
import { type LayerFormat, layerFormatOf, tensorParamsOf, weightParamsOf } from './layer_params';
import { type FloatLayer, packLayerWeights, type StoredLayer } from './layer_weights';
import { checkBias, checkFeatures } from './linear';
import { type LayerPlacement, PLACE_LAYER } from './placement';
import { inputSpec, outputSpec, type QuantizedLinearOptions } from './quantized_linear_options';

type Activations = TensorLike<'float32' | 'int8' | 'uint8'>;

/** A checked call: the rows of x, the output's form, the array for it as it was given, and what is added. */
interface Prepared extends OutputForm<LayerOutput> {
  readonly data: Float32Array | Int8Array | Uint8Array;
  readonly m: number;
  readonly stride: number;
  readonly out: unknown;
  readonly residual: Residual | null;
}

/**
 * y = act(x Wᵀ + b) with quantized weights and int8 activations, summed in exact int32.
 *
 * Order of operations, the same on every instruction set, in float32 without fused multiply-add: f = float(sum);
 * f * rowScale; f * weightScale; f + bias; f + residual; activation; for a float16 output the nearest one, ties to even,
 * every NaN as 0x7e00; for an 8-bit output q = roundHalfToEven(clamp(f * (1 / outputScale))) + zeroPoint. Dynamic rows: scale = absmax / 127,
 * q = roundHalfToEven(clamp(x * (127 / absmax))), absmax over the finite values; NaN becomes 0.
 *
 * Weights in groups have no weightScale for a whole column: each group's exact sum, zero point included, is a step of one chain of
 * fused multiply-adds, f = fma(float(groupSum), groupScale, f), groups ascending. int8 in groups is such a chain for the
 * upper four bits and one for the lower: (low * rowScale + bias) + (high * rowScale + residual). An input scale divides x first.
 *
 * nf4, fp4 and floats of 16 bits meet float32 rows as they are: f = fma(x, w, f), inputs ascending, for codes of a table
 * group by group, f = fma(groupSum, magnitude, f); then bias, residual, activation as above.
 */
export class QuantizedLinear<O extends LayerOutput = LayerOutput> {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** How weights are kept: 'int4' stands for uint4 as well. Their bytes live in native memory only. */
  readonly weightFormat: LayerFormat;
  /** Weights of a row that share a scale; 0 for floats, which have none. */
  readonly weightGroup: number;
  /** How int8 weights without groups were quantized; null for all others. */
  readonly weightParams: QParams | null;
  /** [inFeatures]: what x is divided by before anything else, as the method awq asks; null for nothing. */
  readonly inputScale: Float32Array | null;
  readonly bias: Float32Array | null;
  /** Parameters of static activations; null when they are dynamic. */
  readonly input: QParams<ByteType> | null;
  /** The type of the outputs. */
  readonly outputType: LayerOutput;
  /** Parameters of an 8-bit output; null when it is float32 or float16. */
  readonly output: QParams<ByteType> | null;
  readonly #handle: QuantizedLinearHandle;
  readonly #accepted: readonly ('float32' | ByteType)[];

  private constructor(handle: QuantizedLinearHandle) {
    const layer = addon.describeLayer(handle); // throws for anything but a layer's handle
    this.weightFormat = layerFormatOf(layer);
    this.weightGroup = layer.weightGroup;
    this.weightParams = weightParamsOf(layer);
    this.inputScale = layer.inputScale;
    this.bias = layer.bias;
    this.input = layer.input && tensorParamsOf(layer.input);
    this.outputType = layer.output.type as LayerOutput;
    const isFloat = this.outputType === 'float32' || this.outputType === 'float16';
    this.output = isFloat ? null : tensorParamsOf(layer.output);
    this.outFeatures = layer.n;
    this.inFeatures = layer.k;
    this.#handle = handle;
    this.#accepted = layer.input === null ? ['float32'] : ['float32', layer.input.type];
  }

  /**
   * Quantizes a float32 layer, or takes weights that are.
   * @param layer a Linear, or { weight: float32 [outFeatures, inFeatures], bias?, activation? }; its activation stays
   *   unless the options name another. Or a weight that is quantized: what quantizeWeight returns, an `inputScale` with it, or
   *   the weights alone
   * @throws ERR_SHAPE, ERR_DTYPE; ERR_RANGE for NaN or infinity in the weights or the bias, for groups that are neither whole
   *   rows nor a multiple of 8, or for more inputs than an exact int32 sum can have (131,071 dynamic ones; static ones by type
   *   and zero points, as matmulInt8); ERR_UNSUPPORTED for static activations of other weights than int8 without groups
   */
  static from(
    layer: FloatLayer | StoredLayer,
    options?: QuantizedLinearOptions & { readonly output?: 'float32' },
  ): QuantizedLinear<'float32'>;
  static from(
    layer: FloatLayer | StoredLayer,
    options: QuantizedLinearOptions & { readonly output: 'float16' },
  ): QuantizedLinear<'float16'>;
  static from<T extends ByteType>(
    layer: FloatLayer | StoredLayer,
    options: QuantizedLinearOptions & { readonly output: QParams<T> },
  ): QuantizedLinear<T>;
  static from(
    layer: FloatLayer | StoredLayer,
    options?: QuantizedLinearOptions & { readonly output?: 'float32' | QParams },
  ): QuantizedLinear<'float32' | ByteType>;
  static from(layer: FloatLayer | StoredLayer, options?: QuantizedLinearOptions): QuantizedLinear;
  static from(layer: FloatLayer | StoredLayer, options?: QuantizedLinearOptions): QuantizedLinear {
    if (!isObject(layer)) reject('layer', 'a Linear or { weight, bias }', layer, 'ERR_DTYPE');
    const checked = checkOptions('options', options);
    const input = inputSpec(checked.activations);
    const output = outputSpec(checked.output);
    const activation = activationSpec(checked.activation ?? layer.activation);
    const packed = packLayerWeights(layer.weight, checked.weights);
    const bias = checkBias(layer.bias, packed.n);
    const handle = addon.createQuantizedLinear({ ...packed, bias, input, output, activation });
    addon.dispose(packed.weights); // the layer has its own reference
    return new QuantizedLinear(handle);
  }

  /**
   * The layer that another thread of this process shared, on the same memory. It must not have been disposed of or
   * collected before this call; afterwards both threads' layers keep the memory.
   * @throws ERR_DTYPE for what is no token of a layer; ERR_DISPOSED if the layer is gone, or was shared by another process
   */
  static open(token: ShareToken<'QuantizedLinear'>): QuantizedLinear {
    return new QuantizedLinear(openToken('QuantizedLinear', token) as QuantizedLinearHandle);
  }

  /** A token to send to other threads of this process, for QuantizedLinear.open. Keep this object until they have done so. */
  share(): ShareToken<'QuantizedLinear'> {
    return shareHandle('QuantizedLinear', this.#handle);
  }

  /**
   * A layer that save() wrote, on this machine or another: the weights' layout is changed where it has to be.
   * @throws ERR_FILE, naming the file and the fault, if it cannot be read, is damaged, truncated, of another version of
   *   the format, or holds something else; ERR_DTYPE
   */
  static load(path: string, options?: LoadOptions): QuantizedLinear {
    return new QuantizedLinear(loadHandle('loadLayer', path, options));
  }

  /** As load, off the event loop. */
  static async loadAsync(path: string, options?: LoadOptions & AsyncOptions): Promise<QuantizedLinear> {
    return new QuantizedLinear(await loadHandleAsync('loadLayer', path, options));
  }

  /**
   * Writes the layer to a file, with all that it was made of; as PackedWeights.save.
   * @throws ERR_FILE if the file cannot be written; ERR_DTYPE, ERR_DISPOSED
   */
  save(path: string): void {
    saveHandle(this.#handle, path);
  }

  /** As save, off the event loop. When it is aborted, the file stays as it was, or is replaced if writing had begun. */
  async saveAsync(path: string, options?: AsyncOptions): Promise<void> {
    await saveHandleAsync(this.#handle, path, options);
  }

  /**
   * @param x [..., inFeatures]: float32, or for a layer with static activations the bytes of their type
   * @returns [..., outFeatures]: a float32 or float16 Tensor, or a QuantizedTensor with the output's parameters
   * @throws ERR_SHAPE, ERR_DTYPE
   */
  forward(x: Activations, options?: ForwardOptions): OutputOf<O> {
    const call = this.#prepare(x, options);
    const { data, m, stride, residual } = call;
    const out = outputArray(call.out, call);
    const words = call.type === 'float16' ? wordsOf(out) : out;
    // Every argument takes time to look at, which small layers notice.
    if (residual === null) addon.quantizedLinear(data, this.#handle, words, m, stride);
    else addon.quantizedLinear(data, this.#handle, words, m, stride, residual.data, residual.stride);
    return this.#wrap(out, call.dims);
  }

  /** As forward, computed off the event loop. x and the residual are copied before the call returns. */
  async forwardAsync(x: Activations, options?: ForwardOptions & AsyncOptions): Promise<OutputOf<O>> {
    const signal = signalOf(options);
    const call = this.#prepare(x, options);
    const { data, m, stride, residual } = call;
    checkOutput(call.out, call);
    const result = outputArray(undefined, call);
    const words = wordsOf(result);
    await untilAborted(signal, () =>
      addon.quantizedLinearAsync(data, this.#handle, words, m, stride, residual?.data ?? null, residual?.stride ?? 0),
    );
    return this.#wrap(deliver(call.out, result, call), call.dims);
  }

  /** A copy on the GPU that cuda.open() of octavo/cuda opened. Throws ERR_DTYPE, ERR_DISPOSED, ERR_MEMORY, ERR_DEVICE. */
  to<T>(device: LayerPlacement<T>): T {
    checkPlacement(device, PLACE_LAYER);
    const { inFeatures, outFeatures, input, outputType, output } = this;
    return device[PLACE_LAYER]({ inFeatures, outFeatures, input, outputType, output, layer: this.#handle });
  }

  /** Bytes of native memory: packed weights, scales, bias. Throws ERR_DISPOSED after dispose(). */
  get byteLength(): number {
    return addon.handleBytes(this.#handle);
  }

  /** Frees the native memory as soon as no call uses it; later use throws ERR_DISPOSED. */
  dispose(): void {
    addon.dispose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #prepare(x: Activations, options: ForwardOptions | undefined): Prepared {
    const { out, residual } = checkOptions('options', options);
    const input = readTensorLike('x', x, this.#accepted);
    const { data, m, k, stride } = rowsOf('x', input);
    checkFeatures(k, this.inFeatures);
    const dims = resultDims(input.dims, this.outFeatures);
    const rows = residual === undefined ? null : residualRows(residual, dims);
    return { type: this.outputType, count: m * this.outFeatures, dims, data, m, stride, out, residual: rows };
  }

  #wrap(out: DataOf<LayerOutput>, dims: readonly number[]): OutputOf<O> {
    const wrapped =
      this.output === null
        ? new Tensor(this.outputType, out, dims, CHECKED)
        : new QuantizedTensor(out as Int8Array | Uint8Array, dims, this.output, CHECKED);
    return wrapped as OutputOf<O>;
  }
}
