// float32 GEMM for ARMv8-A: 8 x 8 tile; up to 3 rows take several panels at once, so that enough chains of fma run.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 8;
constexpr int kLanes = 4;

/// Up to 8 columns of one row between memory and two vectors, without touching what lies beyond `count`.
inline void load_row(const float* c, size_t count, float32x4_t out[2]) {
  float values[kNr] = {};
  if (count < kNr) {
    for (size_t i = 0; i < count; ++i) values[i] = c[i];
    c = values;
  }
  out[0] = vld1q_f32(c);
  out[1] = vld1q_f32(c + 4);
}

inline void store_row(float* c, size_t count, const float32x4_t in[2]) {
  float values[kNr];
  float* to = count < kNr ? values : c;
  vst1q_f32(to, in[0]);
  vst1q_f32(to + 4, in[1]);
  if (count < kNr)
    for (size_t i = 0; i < count; ++i) c[i] = values[i];
}

/// The comparisons of the definition, which vmax and vmin are not for NaN.
inline float32x4_t clip(const GemmF32Strip& s, float32x4_t v) {
  const float32x4_t low = vdupq_n_f32(s.clip_low), high = vdupq_n_f32(s.clip_high);
  v = vbslq_f32(vcgtq_f32(v, low), v, low);
  return vbslq_f32(vcltq_f32(v, high), v, high);
}

/// The sums of R rows and P panels: the left and the right half of each row of a panel.
template <int R, int P>
struct Sums {
  float32x4_t acc[R][P][2];

  /// One step of k, with each panel's row for it; multiply_add(r, sum, columns) multiplies with what A has there.
  template <typename MultiplyAdd>
  OCTAVO_INLINE void add(const float* const (&panel)[P], size_t at, MultiplyAdd multiply_add) {
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const float32x4_t left = vld1q_f32(panel[p] + at), right = vld1q_f32(panel[p] + at + 4);
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
        acc[r][p][0] = multiply_add(r, acc[r][p][0], left);
        acc[r][p][1] = multiply_add(r, acc[r][p][1], right);
      });
    });
  }

  /// All of k: A is read 4 steps at a time, which takes a quarter of the loads, and none that fills lanes.
  OCTAVO_INLINE void add_all(const GemmF32Strip& s, const float* b) {
    const float *a = s.a, *panel[P];
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { panel[p] = b + p * s.panel_stride; });
    const auto advance = [&](size_t by) OCTAVO_INLINE_LAMBDA {
      a += by;
      unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { panel[p] += by * kNr; });
    };
    size_t steps = s.k;
    for (; steps >= kLanes; steps -= kLanes, advance(kLanes)) {
      float32x4_t row[R];
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_f32(a + r * s.a_stride); });
      unroll<kLanes>([&](auto i) OCTAVO_INLINE_LAMBDA {
        constexpr int lane = i;
        add(panel, lane * kNr, [&](auto r, float32x4_t sum, float32x4_t column) OCTAVO_INLINE_LAMBDA {
          return vfmaq_laneq_f32(sum, column, row[r], lane);
        });
      });
    }
    for (; steps > 0; --steps, advance(1))
      add(panel, 0, [&](auto r, float32x4_t sum, float32x4_t column) OCTAVO_INLINE_LAMBDA {
        return vfmaq_n_f32(sum, column, a[r * s.a_stride]);
      });
  }
};

/// Adds the bias of the columns from j on, and clips.
OCTAVO_INLINE void finish(const GemmF32Strip& s, size_t j, size_t count, float32x4_t acc[2]) {
  if (!s.last) return;
  if (s.bias) {
    float32x4_t bias[2];
    load_row(s.bias + j, count, bias);
    acc[0] = vaddq_f32(acc[0], bias[0]);
    acc[1] = vaddq_f32(acc[1], bias[1]);
  }
  if (s.clip) {
    acc[0] = clip(s, acc[0]);
    acc[1] = clip(s, acc[1]);
  }
}

template <int R, int P>
OCTAVO_INLINE void tile(const GemmF32Strip& s, size_t j) {
  Sums<R, P> sums;
  const auto count = [&](int p) { return s.n - j - p * kNr < kNr ? s.n - j - p * kNr : kNr; };
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    sums.acc[r][p][0] = sums.acc[r][p][1] = vdupq_n_f32(0.0f);
    if (!s.first) load_row(s.c + r * s.c_stride + j + p * kNr, count(p), sums.acc[r][p]);
  });
  sums.add_all(s, s.b + j / kNr * s.panel_stride);
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    finish(s, j + p * kNr, count(p), sums.acc[r][p]);
    store_row(s.c + r * s.c_stride + j + p * kNr, count(p), sums.acc[r][p]);
  });
}

template <int R>
void strip(const GemmF32Strip& s) {
  constexpr int kPanels = R == 1 ? 4 : R <= 3 ? 2 : 1;
  size_t j = 0;
  if constexpr (kPanels > 1)
    for (; j + (kPanels - 1) * kNr < s.n; j += kPanels * kNr) tile<R, kPanels>(s, j);
  for (; j < s.n; j += kNr) tile<R, 1>(s, j);
}

void gemm_f32_neon(const GemmF32Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF32Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>,
                                                                strip<5>, strip<6>, strip<7>, strip<8>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF32Kernel kGemmF32Neon = {kMr, kNr, gemm_f32_neon};

}  // namespace octavo
