// The compiled kernels, embedded in the library.
#pragma once

#include <span>

namespace octavo::cuda {

/// A fat binary: machine code for several GPUs, from which the driver takes what suits.
struct KernelImage {
  const void* data;
  int major, minor;  // the one compute capability that it is for; 0: any
};

std::span<const KernelImage> kernel_images();

}  // namespace octavo::cuda
