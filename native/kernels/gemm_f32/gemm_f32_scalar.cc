// The definition of the float32 GEMM: one fma chain per output.
#include "core/fused_multiply_add.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 16;

void gemm_f32_scalar(const GemmF32Strip& s) {
  for (size_t r = 0; r < s.rows; ++r) {
    for (size_t j = 0; j < s.n; ++j) {
      const float* a = s.a + r * s.a_stride;
      const float* b = s.b + j / kNr * s.panel_stride + j % kNr;
      float* c = s.c + r * s.c_stride + j;
      float acc = s.first ? 0.0f : *c;
      for (size_t p = 0; p < s.k; ++p) acc = fused_multiply_add(a[p], b[p * kNr], acc);
      if (s.last && s.bias) acc = acc + s.bias[j];
      if (s.last && s.clip) {
        acc = acc > s.clip_low ? acc : s.clip_low;
        acc = acc < s.clip_high ? acc : s.clip_high;
      }
      *c = acc;
    }
  }
}

}  // namespace

const GemmF32Kernel kGemmF32Scalar = {kMr, kNr, gemm_f32_scalar};

}  // namespace octavo
