// Constant tensors in 8 bits, each stored once however many nodes use it.
import { type QParams, QuantizedTensor, quantizationError, quantize } from '../../quantize';
import { Tensor } from '../../tensor';
import { ModelTensor } from '../model';
import type { GraphRewriter } from './graph_rewriter';
import { computedFrom } from './lazy_tensor';
import { transposeMatrix } from './weights';

/** What a quantized constant is called in the graph, and what it lost. */
export interface StoredWeight {
  readonly values: string;
  /** float32: [channels], or a scalar per tensor. */
  readonly scale: string;
  readonly params: QParams<'int8' | 'uint8'>;
  /** Signal to quantization noise, in dB. */
  readonly sqnr: number;
}

export interface ByteWeightOptions {
  /** The axis with a scale of its own for each index; undefined: one scale for the tensor. */
  readonly axis: number | undefined;
  /** Values from -64 to 64: no sum of two products with bytes leaves 16 bits. Default: -127 to 127. */
  readonly reduceRange?: boolean | undefined;
  /** uint8 stores the values 128 higher. Default: int8. */
  readonly type?: 'int8' | 'uint8' | undefined;
  /** Multiplies the values first. Default: 1. */
  readonly factor?: number | undefined;
  /** Gives the rounded values, of the type, as many as the tensor has; undefined for rounding to the nearest. */
  readonly round?: ((params: QParams<'int8' | 'uint8'>) => Int8Array | Uint8Array | undefined) | undefined;
  /** A matrix is stored as its transpose. Default: false. */
  readonly flip?: boolean | undefined;
}

/** Symmetric parameters for a tensor's own range: 127 steps each side of zero, or 64 with the reduced range. */
function paramsFor(values: Tensor<'float32'>, options: ByteWeightOptions): QParams<'int8' | 'uint8'> {
  const granularity = options.axis === undefined ? 'tensor' : { axis: options.axis };
  const { params } = quantize(values, { type: 'int8', symmetric: true, granularity } as const);
  const scale = options.reduceRange ? params.scale.map((one) => Math.max((one * 127) / 64, 2 ** -126)) : params.scale;
  if (options.type !== 'uint8') return { ...params, scale };
  return { ...params, scale, type: 'uint8', zeroPoint: params.zeroPoint.map(() => 128) };
}

/** Quantized constants of one graph. */
export class ByteWeights {
  readonly #rewriter: GraphRewriter;
  readonly #stored = new Map<string, StoredWeight>();

  constructor(rewriter: GraphRewriter) {
    this.#rewriter = rewriter;
  }

  /** Quantizes a constant as its initializers are stored. The same constant with the same options is stored once. */
  store(name: string, tensor: ModelTensor, options: ByteWeightOptions): StoredWeight {
    const { axis, reduceRange = false, type = 'int8', factor = 1, flip = false } = options;
    const key = JSON.stringify([name, axis, reduceRange, type, factor, flip]);
    const known = this.#stored.get(key);
    if (known !== undefined) return known;
    const stored = this.#add(name, tensor, options);
    this.#stored.set(key, stored);
    return stored;
  }

  #add(name: string, tensor: ModelTensor, options: ByteWeightOptions): StoredWeight {
    const { type = 'int8', flip = false } = options;
    const x = realValues(tensor, options);
    const params = paramsFor(x, options);
    const dims = flip ? [...tensor.dims].reverse() : tensor.dims;
    const given = options.round?.(params);
    const values =
      given === undefined
        ? undefined
        : new QuantizedTensor(given as Int8Array, [...tensor.dims], params as QParams<'int8'>);
    const compute = () => storedValues(values ?? quantize(realValues(tensor, options), params), options);
    const scaleDims = options.axis === undefined ? [] : [params.scale.length];
    return {
      values: this.#rewriter.constant(`${name}_q`, () => computedFrom(tensor, type, dims, compute)),
      scale: this.#rewriter.constant(`${name}_scale`, () => ModelTensor.of('float32', scaleDims, params.scale)),
      params,
      sqnr: quantizationError(x, values ?? params).sqnr,
    };
  }
}

function realValues(tensor: ModelTensor, { factor = 1 }: ByteWeightOptions): Tensor<'float32'> {
  const floats = tensor.floats();
  return new Tensor('float32', factor === 1 ? floats : floats.map((value) => value * factor), [...tensor.dims]);
}

/** The bytes in the order in which they are stored. */
function storedValues({ data, dims }: QuantizedTensor, { flip }: ByteWeightOptions): Int8Array | Uint8Array {
  return flip ? transposeMatrix(data, dims[0]!, dims[1]!) : data;
}
