// What device code is written in: CUDA's words where nvcc compiles it, and where a host compiler does, those of the
// emulation that the tests run kernels on (test/native/cuda/emulated_gpu.h).
#pragma once

#ifdef __CUDACC__
#define OCTAVO_KERNEL extern "C" __global__
#define OCTAVO_DEVICE __device__ __forceinline__
#else
#include "emulated_gpu.h"
#define OCTAVO_KERNEL inline
#define OCTAVO_DEVICE inline
#endif
