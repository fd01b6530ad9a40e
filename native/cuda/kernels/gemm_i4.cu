// int4 x int8 GEMM: blockIdx.x counts tiles of 16 columns, blockIdx.y those of rows, as many at a time as there are.
#include "cuda/device/float_store.h"
#include "cuda/device/gemm_i4.h"

namespace octavo::device {

#define OCTAVO_GEMM_I4(name, rows)                                                                                     \
  OCTAVO_KERNEL(name, GemmI4Tile::kThreads)(const GemmI4Operands o, const GemmI8Result result) {                       \
    OCTAVO_SHARED(shared);                                                                                             \
    for (size_t row = size_t{blockIdx.y} * rows; row < o.m; row += size_t{gridDim.y} * rows)                           \
      gemm_i4<rows>(o, row, size_t{blockIdx.x} * GemmI4Tile::kOutputs, *reinterpret_cast<GemmI4Shared<rows>*>(shared), \
                    FloatStore(result, o.m, o.n));                                                                     \
  }                                                                                                                    \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_I4(gemm_i4_1, 1)
OCTAVO_GEMM_I4(gemm_i4_4, 4)

}  // namespace octavo::device
