// LLM.int8() (T. Dettmers, M. Lewis, Y. Belkada and L. Zettlemoyer, 2022): channels of the inputs that hold outliers are
// multiplied in float, all others in 8 bits, so that outliers do not coarsen the steps of their rows.
import { matmulFloat32 } from '../matmul';
import { quantize } from '../quantize';
import type { Tensor, TensorLike } from '../tensor';
import { rowsOf } from '../tensor/matrix';
import { checkTensorLike } from '../tensor/tensor';
import { checkOptions, reject } from '../validate';
import type { ActivationFunction } from './activation';
import type { FloatLayer } from './layer_weights';
import { QuantizedLinear } from './quantized_linear';

export interface OutlierLinearOptions {
  /** A channel is multiplied in float in calls in which some |x| of it is as large. Default: 6. */
  readonly threshold?: number | undefined;
  /** Default: the layer's own. */
  readonly activation?: ActivationFunction | undefined;
}

/**
 * y = act(x Wᵀ + b) with int8 weights, one scale for each output, and dynamic int8 inputs, but for the channels with outliers:
 * these meet the same int8 weights in float32. Which channels those are depends on the inputs of each call. The weights lie in
 * memory twice, packed and by channel: 2 bytes each.
 */
export class OutlierLinear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly threshold: number;
  readonly #layer: QuantizedLinear<'float32'>;
  /** [inFeatures, outFeatures]. */
  readonly #channels: Int8Array;
  readonly #scale: Float32Array;

  private constructor(layer: FloatLayer, threshold: number, activation: ActivationFunction | undefined) {
    this.#layer = QuantizedLinear.from(layer, activation === undefined ? {} : { activation });
    this.inFeatures = this.#layer.inFeatures;
    this.outFeatures = this.#layer.outFeatures;
    this.threshold = threshold;
    const { data, params } = quantize(layer.weight, { type: 'int8', symmetric: true, granularity: { axis: 0 } });
    this.#scale = params.scale;
    this.#channels = new Int8Array(data.length);
    for (let i = 0; i < data.length; i++)
      this.#channels[(i % this.inFeatures) * this.outFeatures + Math.floor(i / this.inFeatures)] = data[i]!;
  }

  /**
   * @param layer a Linear, or { weight: float32 [outFeatures, inFeatures], bias?, activation? }
   * @throws what QuantizedLinear.from throws; ERR_DTYPE, ERR_RANGE for a threshold that is not above 0
   */
  static from(layer: FloatLayer, options?: OutlierLinearOptions): OutlierLinear {
    const { threshold = 6, activation } = checkOptions('options', options);
    if (typeof threshold !== 'number') reject('threshold', 'a number', threshold, 'ERR_DTYPE');
    if (!(threshold > 0)) reject('threshold', 'greater than 0', threshold, 'ERR_RANGE');
    return new OutlierLinear(layer, threshold, activation);
  }

  /** The channels of x that are multiplied in float, ascending. Throws ERR_DTYPE, ERR_SHAPE. */
  outliersOf(x: TensorLike<'float32'>): number[] {
    const { data, m, k, stride } = rowsOf('x', checkTensorLike('x', x, ['float32'] as const));
    const found = new Uint8Array(k);
    for (let row = 0; row < m; row++)
      for (let i = 0; i < k; i++) if (Math.abs(data[row * stride + i]!) >= this.threshold) found[i] = 1;
    return Array.from(found.keys()).filter((i) => found[i] === 1);
  }

  /**
   * @param x float32 [..., inFeatures]
   * @returns float32 [..., outFeatures]; without outliers bit for bit what QuantizedLinear gives
   * @throws ERR_SHAPE, ERR_DTYPE, ERR_DISPOSED
   */
  forward(x: TensorLike<'float32'>): Tensor<'float32'> {
    const outliers = this.outliersOf(x);
    if (outliers.length === 0 || x.dims.at(-1) !== this.inFeatures) return this.#layer.forward(x);
    const { data, m, k, stride } = rowsOf('x', x);
    const [rest, large] = [new Float32Array(m * k), new Float32Array(m * outliers.length)];
    for (let row = 0; row < m; row++) {
      rest.set(data.subarray(row * stride, row * stride + k), row * k);
      outliers.forEach((channel, i) => {
        large[row * outliers.length + i] = rest[row * k + channel]!;
        rest[row * k + channel] = 0;
      });
    }
    const { data: products } = matmulFloat32(
      { type: 'float32', dims: [m, outliers.length], data: large },
      { type: 'float32', dims: [outliers.length, this.outFeatures], data: this.#weightsOf(outliers) },
    );
    const residual = { type: 'float32', dims: [...x.dims.slice(0, -1), this.outFeatures], data: products } as const;
    return this.#layer.forward({ type: 'float32', dims: x.dims, data: rest }, { residual });
  }

  /** The weights of channels as float32, [channels, outFeatures]. */
  #weightsOf(channels: readonly number[]): Float32Array<ArrayBuffer> {
    const { outFeatures } = this;
    const weights = new Float32Array(channels.length * outFeatures);
    channels.forEach((channel, i) => {
      for (let o = 0; o < outFeatures; o++)
        weights[i * outFeatures + o] = this.#channels[channel * outFeatures + o]! * this.#scale[o]!;
    });
    return weights;
  }

  /** Frees the packed weights; later calls throw ERR_DISPOSED. */
  dispose(): void {
    this.#layer.dispose();
  }
}
