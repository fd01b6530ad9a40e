// What a quantizer decided for each layer of a model, and why.
import type { QuantizedType } from '../../quantize';
import type { Model } from '../model';

/** How a layer computes: on 8-bit integers, on 16-bit ones, with 4-bit weights, or in floating point. */
export type LayerForm = 'int8' | 'int16' | 'int4' | 'float16' | 'float32';

/** How a tensor of a layer is quantized. real = scale * (q - zeroPoint). */
export interface TensorParams {
  readonly type: QuantizedType | 'int32';
  /** One value for the tensor, or one for each index of the axis or each block. */
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  /** undefined: per tensor. */
  readonly axis?: number | undefined;
  readonly block?: number | undefined;
  /** The range that was asked for, and how it was found: a calibration method, 'weights', 'pinned' or 'given'. */
  readonly range?: { readonly min: number; readonly max: number; readonly method: string } | undefined;
}

export interface LayerDecision {
  /** The node's name in the prepared model; its first output where it has none. */
  readonly node: string;
  readonly opType: string;
  readonly form: LayerForm;
  /** Why the layer is not in 8 bits; absent for int8. */
  readonly reason?: string | undefined;
  /** The rule behind the reason, such as 'Q020'. */
  readonly rule?: string | undefined;
  /** What the user can do about it. */
  readonly remedy?: string | undefined;
  /** How far the stored weights are from the real ones: signal to quantization noise, in dB; absent where it was not measured. */
  readonly sqnr?: number | undefined;
  /** By the tensor's name in the prepared model: activations, weights and bias that have integers in the layer. */
  readonly tensors: Readonly<Record<string, TensorParams>>;
}

/** A model that a quantizer made, with one decision for each weighted layer and each layer that could have been quantized. */
export interface QuantizedModel {
  readonly model: Model;
  readonly decisions: LayerDecision[];
}
