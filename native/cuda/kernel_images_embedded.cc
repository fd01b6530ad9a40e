#include "cuda/kernel_images.h"

namespace octavo::cuda {

std::span<const KernelImage> embedded_kernels() { return {}; }

int embedded_kernels_version() { return 0; }

}  // namespace octavo::cuda
