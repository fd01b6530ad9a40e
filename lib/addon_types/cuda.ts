// GPUs and their memory, as the addon takes and gives them.
declare const handle: unique symbol;
/** An open GPU. */
export interface CudaDeviceHandle {
  readonly [handle]: 'cudaDevice';
}
/** Memory of an open GPU, which it keeps open. */
export interface CudaMemoryHandle {
  readonly [handle]: 'cudaMemory';
}

export interface CudaDeviceDescription {
  index: number;
  name: string;
  computeCapability: string;
  multiprocessors: number;
  memoryBytes: number;
  uuid: string;
}

export interface CudaDevices {
  /** Why no GPU can be used here; empty if one can. The first of these calls starts the driver. */
  cudaReason(): string;
  cudaDevices(): CudaDeviceDescription[];
  /** cublasLt: 'auto', 'off', or a library's file, which must be found. */
  cudaOpen(index: number, cublasLt: string): Promise<CudaDeviceHandle>;
  cudaDescribe(device: CudaDeviceHandle): CudaDeviceDescription & { cublasLt: string | null };
  cudaFreeBytes(device: CudaDeviceHandle): number;
  /** Uninitialized. Throws ERR_MEMORY. */
  cudaAllocate(device: CudaDeviceHandle, bytes: number): CudaMemoryHandle;
  /** New memory with the rows one behind the other. The data may be changed when it returns. */
  cudaUpload(
    device: CudaDeviceHandle,
    data: Uint8Array,
    rows: number,
    rowBytes: number,
    strideBytes: number,
  ): CudaMemoryHandle;
  /** The first bytes of the memory, as they are when it is called. */
  cudaDownload(memory: CudaMemoryHandle, out: Uint8Array): Promise<void>;
  /** Settles when everything is done that calls before it have put on the device's stream. */
  cudaSynchronize(device: CudaDeviceHandle): Promise<void>;
}
