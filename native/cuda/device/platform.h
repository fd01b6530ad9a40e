// What device code is written in: CUDA's words where nvcc compiles it, and where a host compiler does, those of the
// emulation that the tests run kernels on (test/native/cuda/emulated_gpu.h).
#pragma once

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#define OCTAVO_DEVICE __device__ __forceinline__
/// Begins a kernel that the driver finds under `name`.
#define OCTAVO_KERNEL(name, threads) extern "C" __global__ void __launch_bounds__(threads) name
/// As above, of which so many blocks are to fit a multiprocessor: what registers they may have.
#define OCTAVO_RESIDENT_KERNEL(name, threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks) name
/// To follow each kernel: how the emulation finds it.
#define OCTAVO_REGISTER(name)
/// A kernel's argument that the copy engine reads.
#define OCTAVO_GRID_CONSTANT const __grid_constant__
/// Dynamic shared memory, aligned to 1024 bytes.
#define OCTAVO_SHARED(name) extern __shared__ __align__(1024) uint8_t name[]
#else
#include <emulated_gpu.h>
#define OCTAVO_DEVICE inline
#define OCTAVO_KERNEL(name, threads) static void name
#define OCTAVO_RESIDENT_KERNEL(name, threads, blocks) static void name
#define OCTAVO_REGISTER(name) static const ::octavo::emulated::Registration register_##name(#name, &name);
#define OCTAVO_GRID_CONSTANT const
#define OCTAVO_SHARED(name) uint8_t* const name = ::octavo::emulated::shared_memory()
#endif
