// A build without NVIDIA's compiler: there are no kernels, and a GPU is not used.
#include "cuda/kernel_images.h"

namespace octavo::cuda {

std::span<const KernelImage> kernel_images() { return {}; }

}  // namespace octavo::cuda
