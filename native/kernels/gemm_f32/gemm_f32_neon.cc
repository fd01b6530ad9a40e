// float32 GEMM for ARMv8-A: 8 x 8 tile.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 8;

/// Up to 8 columns of one row between memory and two vectors, without touching what lies beyond `count`.
inline void load_row(const float* c, size_t count, float32x4_t out[2]) {
  float values[kNr] = {};
  for (size_t i = 0; i < count; ++i) values[i] = c[i];
  out[0] = vld1q_f32(values);
  out[1] = vld1q_f32(values + 4);
}

inline void store_row(float* c, size_t count, const float32x4_t in[2]) {
  float values[kNr];
  vst1q_f32(values, in[0]);
  vst1q_f32(values + 4, in[1]);
  for (size_t i = 0; i < count; ++i) c[i] = values[i];
}

/// The comparisons of the definition, which vmax and vmin are not for NaN.
inline float32x4_t clip(const GemmF32Strip& s, float32x4_t v) {
  const float32x4_t low = vdupq_n_f32(s.clip_low), high = vdupq_n_f32(s.clip_high);
  v = vbslq_f32(vcgtq_f32(v, low), v, low);
  return vbslq_f32(vcltq_f32(v, high), v, high);
}

template <int R>
OCTAVO_INLINE void tile(const GemmF32Strip& s, size_t j) {
  float32x4_t acc[R][2];
  const size_t count = s.n - j < kNr ? s.n - j : kNr;
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    acc[r][0] = acc[r][1] = vdupq_n_f32(0.0f);
    if (!s.first) load_row(s.c + r * s.c_stride + j, count, acc[r]);
  });
  const float* b = s.b + j / kNr * s.panel_stride;
  const float* a = s.a;
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a) {
    const float32x4_t b0 = vld1q_f32(b), b1 = vld1q_f32(b + 4);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const float32x4_t row = vld1q_dup_f32(a + r * s.a_stride);
      acc[r][0] = vfmaq_f32(acc[r][0], row, b0);
      acc[r][1] = vfmaq_f32(acc[r][1], row, b1);
    });
  }
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    if (s.last && s.bias) {
      float32x4_t bias[2];
      load_row(s.bias + j, count, bias);
      acc[r][0] = vaddq_f32(acc[r][0], bias[0]);
      acc[r][1] = vaddq_f32(acc[r][1], bias[1]);
    }
    if (s.last && s.clip) {
      acc[r][0] = clip(s, acc[r][0]);
      acc[r][1] = clip(s, acc[r][1]);
    }
    store_row(s.c + r * s.c_stride + j, count, acc[r]);
  });
}

template <int R>
void strip(const GemmF32Strip& s) {
  for (size_t j = 0; j < s.n; j += kNr) tile<R>(s, j);
}

void gemm_f32_neon(const GemmF32Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF32Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>,
                                                                strip<5>, strip<6>, strip<7>, strip<8>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF32Kernel kGemmF32Neon = {kMr, kNr, gemm_f32_neon};

}  // namespace octavo
