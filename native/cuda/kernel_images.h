// The compiled kernels: those that the build embedded, or those of a file.
#pragma once

#include <span>

#include "core/status.h"

namespace octavo::cuda {

/// A fat binary: machine code for several GPUs, from which the driver takes what suits.
struct KernelImage {
  const void* data;
  int major, minor;  // the one compute capability that it is for; 0: any
};

/// What the build embedded; nothing where NVIDIA's compiler was not found.
std::span<const KernelImage> embedded_kernels();
/// The version of CUDA that compiled them, as 13000 for 13.0; 0 where there are none.
int embedded_kernels_version();

/// The kernels to use: of the file that OCTAVO_CUDA_KERNELS names (a fat binary, a cubin or PTX), or else the embedded
/// ones. The same for the life of the process. kUnsupported, with the reason, where there are none; or where a driver
/// for CUDA `driver_version` is too old for them.
Status find_kernels(int driver_version, std::span<const KernelImage>* kernels);

}  // namespace octavo::cuda
