// How layers come to lie on a device, of which they know only that it takes them.
import type { PackedHandle, QuantizedLinearHandle } from '../addon';
import type { ByteType, QParams } from '../quantize';
import type { ActivationNumbers } from './activation';
import type { LayerOutput } from './layer_output';

/** @internal The method of a device that takes layers. */
export const PLACE_LAYER: unique symbol = Symbol('octavo.placeLayer');

interface Features {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** @internal A quantized layer on its way to a device. */
export interface QuantizedLayerToPlace extends Features {
  readonly layer: QuantizedLinearHandle;
  readonly input: QParams<ByteType> | null;
  readonly outputType: LayerOutput;
  readonly output: QParams<ByteType> | null;
}

/** @internal A float32 layer on its way to a device. */
export interface FloatLayerToPlace extends Features {
  readonly weights: PackedHandle;
  readonly bias: Float32Array | null;
  readonly activation: ActivationNumbers;
}

/** Where layers can be copied to: a device that `cuda.open()` of octavo/cuda opened. T is what they are there. */
export interface LayerPlacement<T> {
  /** @internal */
  [PLACE_LAYER](layer: QuantizedLayerToPlace | FloatLayerToPlace): T;
}
