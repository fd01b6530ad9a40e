// float GEMM: blockIdx.x counts tiles of 64 columns, blockIdx.y those of rows, as many at a time as there are.
#include "cuda/device/float_store.h"
#include "cuda/device/gemm_float.h"

namespace octavo::device {

template <int kRows, typename Stored>
OCTAVO_DEVICE void compute_floats(const GemmFloatOperands& o, const GemmI8Result& result, uint8_t* shared) {
  for (size_t row = size_t{blockIdx.y} * kRows; row < o.m; row += size_t{gridDim.y} * kRows)
    gemm_float<kRows, Stored>(o, {row, size_t{blockIdx.x} * GemmFloatTile::kColumns},
                              reinterpret_cast<GemmFloatStage<kRows, Stored::kPerChunk>*>(shared),
                              FloatStore(result, o.m, o.n));
}

#define OCTAVO_GEMM_FLOAT(name, rows, Stored)                                                                  \
  OCTAVO_RESIDENT_KERNEL(name, GemmFloatTile::kThreads, GemmFloatTile::kResident)(const GemmFloatOperands o,   \
                                                                                  const GemmI8Result result) { \
    OCTAVO_SHARED(shared);                                                                                     \
    compute_floats<rows, Stored>(o, result, shared);                                                           \
  }                                                                                                            \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_FLOAT(gemm_f32_1, 1, Float32Words)
OCTAVO_GEMM_FLOAT(gemm_f32_8, 8, Float32Words)
OCTAVO_GEMM_FLOAT(gemm_f16_1, 1, Float16Words)
OCTAVO_GEMM_FLOAT(gemm_f16_8, 8, Float16Words)
OCTAVO_GEMM_FLOAT(gemm_bf16_1, 1, Bfloat16Words)
OCTAVO_GEMM_FLOAT(gemm_bf16_8, 8, Bfloat16Words)

}  // namespace octavo::device
