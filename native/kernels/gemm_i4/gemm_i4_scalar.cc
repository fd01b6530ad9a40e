// The definition of the int4 GEMM: plain loops over the packed layout. Every other kernel gives these bytes.
#include <cstring>

#include "core/fused_multiply_add.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4;

/// sum over one step of a[p] * weight[p] for one column, whose 4 bytes start at b.
int32_t dot_step(const int8_t* a, const uint8_t* b) {
  int32_t sum = 0;
  for (size_t p = 0; p < 4; ++p) sum += a[p] * (b[p] & 15) + a[p + 4] * (b[p] >> 4);
  return sum;
}

float dot_groups(const GemmI4Strip& s, size_t r, size_t j) {
  const size_t column = j % kInt4Columns, panel = j / kInt4Columns;
  const uint8_t* b = reinterpret_cast<const uint8_t*>(s.b) + panel * int4_panel_bytes(s.k, s.groups);
  const int8_t* a = static_cast<const int8_t*>(s.a) + r * s.a_stride_bytes;
  float f = 0;
  GroupWalk walk(s);
  for (size_t g = 0, p = 0; g < s.groups; ++g) {
    const uint32_t zero = s.zero_points ? s.zero_points[(panel * s.groups + g) * kInt4Columns + column] : 1;
    uint32_t acc = static_cast<uint32_t>(s.group_terms[g * s.term_stride + r]) * zero;
    for (size_t steps = walk.next(&b); steps > 0; --steps, p += kInt4Depth, b += kInt4StepBytes)
      acc += static_cast<uint32_t>(dot_step(a + p, b + column * 4));
    float scale;
    std::memcpy(&scale, walk.scales + column * sizeof scale, sizeof scale);
    f = fused_multiply_add(static_cast<float>(static_cast<int32_t>(acc)), scale, f);
  }
  return f;
}

void gemm_i4_scalar(const GemmI4Strip& s) {
  for (size_t r = 0; r < s.rows; ++r)
    for (size_t j = 0; j < s.n; ++j)
      finish_value_scalar(s, r, j, dot_groups(s, r, j) * s.epilogue->row_scale[r * s.epilogue->row_scale_step]);
}

}  // namespace

const GemmI4Kernel kGemmI4Scalar = {kMr, gemm_i4_scalar};

}  // namespace octavo
