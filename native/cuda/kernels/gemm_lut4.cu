// float32 x 4-bit codebook GEMM: blockIdx.x counts blocks of columns, blockIdx.y those of rows, as many at a time as
// there are. Before it, interleave_groups lays the inputs out.
#include "cuda/device/float_store.h"
#include "cuda/device/gemm_lut4.h"

namespace octavo::device {

#define OCTAVO_GEMM_LUT4(name, rows)                                                                 \
  OCTAVO_KERNEL(name, GemmLut4Tile::kThreads)(const GemmLut4Operands o, const GemmI8Result result) { \
    OCTAVO_SHARED(bytes);                                                                            \
    auto& shared = *reinterpret_cast<GemmLut4Shared<rows>*>(bytes);                                  \
    spread_table(o, shared);                                                                         \
    for (size_t row = size_t{blockIdx.y} * rows; row < o.m; row += size_t{gridDim.y} * rows)         \
      gemm_lut4<rows>(o, row, size_t{blockIdx.x} * o.tiles, shared, FloatStore(result, o.m, o.n));   \
  }                                                                                                  \
  OCTAVO_REGISTER(name)

OCTAVO_GEMM_LUT4(gemm_lut4_1, 1)
OCTAVO_GEMM_LUT4(gemm_lut4_4, 4)

/// x [m, k] to [m][ceil(group / 4)][groups] quads, one a thread; what lies beyond a group is 0.
OCTAVO_KERNEL(interleave_groups, 256)(const float* x, size_t m, size_t stride, uint32_t group, uint32_t groups,
                                      Floats4* to) {
  const uint32_t quads = (group + 3) / 4;
  const uint32_t at = blockIdx.x * 256 + threadIdx.x, quad = at / groups, g = at % groups;
  if (quad >= quads) return;
  for (size_t row = blockIdx.y; row < m; row += gridDim.y) {
    Floats4 values = {};
#pragma unroll
    for (uint32_t i = 0; i < 4; ++i)
      if (quad * 4 + i < group) values.values[i] = x[row * stride + size_t{g} * group + quad * 4 + i];
    to[(row * quads + quad) * groups + g] = values;
  }
}
OCTAVO_REGISTER(interleave_groups)

}  // namespace octavo::device
