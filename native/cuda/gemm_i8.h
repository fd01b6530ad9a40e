// int8 GEMM on a GPU: which kernel takes what.
#pragma once

#include "cuda/device.h"
#include "cuda/device/gemm_i8_operands.h"

namespace octavo::cuda {

/// kOwn: the best of the kernels here. kBest: that, or NVIDIA's library where it is in use and takes the product.
enum class GemmI8Path { kBest, kOwn, kFew, kSmall, kLarge, kWgmma, kCublasLt };

/// Puts C = A W^T and its epilogue on the device's stream. `path` other than kBest and kOwn asks for one kernel,
/// which the shape or the GPU may not allow (kUnsupported).
Status gemm_i8(Device& device, const device::GemmI8Operands& operands, bool a_signed,
               const device::GemmI8Result& result, GemmI8Path path = GemmI8Path::kBest);

}  // namespace octavo::cuda
