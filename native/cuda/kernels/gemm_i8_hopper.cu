// int8 GEMM for compute capability 9.0 alone.
#include "cuda/device/epilogue.h"
#include "cuda/device/gemm_i8_wgmma.h"

namespace octavo::device {

#define OCTAVO_GEMM_I8_WGMMA(name, is_signed)                                                           \
  OCTAVO_CLUSTER_KERNEL(name, WgmmaTile::kThreads, WgmmaTile::kCluster)(                                \
      size_t m, size_t n, size_t k, OCTAVO_GRID_CONSTANT TensorMap a, OCTAVO_GRID_CONSTANT TensorMap w, \
      const GemmI8Result result) {                                                                      \
    OCTAVO_SHARED(shared);                                                                              \
    gemm_i8_wgmma<is_signed>({m, n, k, &a, &w}, shared, GemmI8Store(result, m, n));                     \
  }                                                                                                     \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I8_WGMMA(gemm_i8_s8_wgmma, true)
OCTAVO_GEMM_I8_WGMMA(gemm_i8_u8_wgmma, false)

}  // namespace octavo::device
