// Weights and layers on GPUs, as the addon takes and gives them.
import type { CudaDeviceHandle, CudaMemoryHandle } from './cuda';
import type { PackedHandle, QuantizedLinearHandle } from './layers';

declare const handle: unique symbol;
/** int8 weights on an open GPU, which they keep open. */
export interface CudaWeightsHandle {
  readonly [handle]: 'cudaWeights';
}
/** A linear layer on an open GPU, which it keeps open. */
export interface CudaLayerHandle {
  readonly [handle]: 'cudaLayer';
}

export interface CudaLayers {
  /** Copies of packed int8 weights, of a quantized layer, and of packed float32 weights with what matmulFloat32 takes along. */
  cudaPlaceWeights(device: CudaDeviceHandle, weights: PackedHandle): CudaWeightsHandle;
  cudaPlaceLayer(device: CudaDeviceHandle, layer: QuantizedLinearHandle): CudaLayerHandle;
  cudaPlaceLinear(
    device: CudaDeviceHandle,
    weights: PackedHandle,
    bias: Float32Array | null,
    activation: number,
    low: number,
    high: number,
  ): CudaLayerHandle;
  /** As matmulInt8, a and out in the memory of the weights' device, rows one behind the other. */
  cudaMatmulInt8(
    a: CudaMemoryHandle,
    weights: CudaWeightsHandle,
    out: CudaMemoryHandle,
    m: number,
    signed: boolean,
    aZeroPoint: Int32Array | null,
    bZeroPoint: Int32Array | null,
  ): void;
  /** m rows x of a type that the layer takes, and a float32 residual, in the memory of the layer's device. */
  cudaForward(
    layer: CudaLayerHandle,
    x: CudaMemoryHandle,
    type: string,
    out: CudaMemoryHandle,
    m: number,
    residual: CudaMemoryHandle | null,
  ): void;
}
