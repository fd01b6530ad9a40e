// Attention's pieces with NEON.
#include <arm_neon.h>

#include <cmath>

#include "core/unroll.h"
#include "kernels/activation/activation_neon.h"
#include "kernels/attention/attention_scalar.h"

namespace octavo {
namespace {

inline float32x4_t load4(const float* from) { return vld1q_f32(from); }
inline float32x4_t load4(const uint16_t* from) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from))); }

void widen_neon(const uint16_t* halves, size_t count, float* values) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) vst1q_f32(values + i, load4(halves + i));
  for (; i < count; ++i) values[i] = from_float16(halves[i]);
}

/// The dot of a row of whole groups of 16 coordinates.
template <typename T>
inline float one_dot(const T* row, size_t dim, const float* query) {
  float32x4_t lanes[4];
  unroll<4>([&](auto v) OCTAVO_INLINE_LAMBDA { lanes[v] = vdupq_n_f32(0); });
  for (size_t j = 0; j < dim; j += 16)
    unroll<4>([&](auto v) OCTAVO_INLINE_LAMBDA {
      lanes[v] = vfmaq_f32(lanes[v], load4(query + j + 4 * v), load4(row + j + 4 * v));
    });
  const float32x4_t four = vaddq_f32(vaddq_f32(lanes[0], lanes[2]), vaddq_f32(lanes[1], lanes[3]));
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

template <typename T>
void dots_neon(const AttentionRows<T>& rows, const float* query, float* out) {
  if (rows.dim % kAttentionLanes != 0) return dots_of_rows(rows, query, out);
  for (size_t i = 0; i < rows.rows; ++i) out[i] = one_dot(rows.data + i * rows.stride, rows.dim, query);
}

/// kVectors times 4 coordinates from `at` on.
template <int kVectors, typename T>
inline void sums_of(const AttentionRows<T>& rows, const float* weights, float* acc, size_t at) {
  float32x4_t sums[kVectors];
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { sums[v] = vld1q_f32(acc + at + 4 * v); });
  const T* row = rows.data + at;
  for (size_t i = 0; i < rows.rows; ++i, row += rows.stride) {
    const float32x4_t weight = vdupq_n_f32(weights[i]);
    unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { sums[v] = vfmaq_f32(sums[v], weight, load4(row + 4 * v)); });
  }
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { vst1q_f32(acc + at + 4 * v, sums[v]); });
}

template <typename T>
void sums_neon(const AttentionRows<T>& rows, const float* weights, float* acc) {
  size_t j = 0;
  for (; j + 64 <= rows.dim; j += 64) sums_of<16>(rows, weights, acc, j);
  for (; j + 4 <= rows.dim; j += 4) sums_of<1>(rows, weights, acc, j);
  sums_of_rows(rows, weights, acc, j);
}

float largest_neon(const float* logits, size_t count) {
  float32x4_t maxima = vdupq_n_f32(-INFINITY);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t four = load4(logits + i);
    maxima = vbslq_f32(vcgtq_f32(four, maxima), four, maxima);
  }
  float max = vmaxvq_f32(maxima);
  for (; i < count; ++i) max = logits[i] > max ? logits[i] : max;
  return max;
}

void exponentials_neon(const float* logits, size_t count, float max, float* weights, float* sums) {
  float32x4_t lanes[4];
  unroll<4>([&](auto v) OCTAVO_INLINE_LAMBDA { lanes[v] = load4(sums + 4 * v); });
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    unroll<4>([&](auto v) OCTAVO_INLINE_LAMBDA {
      const float32x4_t distance = vsubq_f32(vdupq_n_f32(max), load4(logits + i + 4 * v));
      const float32x4_t weight = exp_of_distance<Floats128>(distance).v;
      vst1q_f32(weights + i + 4 * v, weight);
      lanes[v] = vaddq_f32(lanes[v], weight);
    });
  unroll<4>([&](auto v) OCTAVO_INLINE_LAMBDA { vst1q_f32(sums + 4 * v, lanes[v]); });
  exponentials_from(logits, i, count, max, weights, sums);
}

}  // namespace

const AttentionKernel kAttentionNeon = {widen_neon,          dots_neon<float>, dots_neon<uint16_t>, sums_neon<float>,
                                        sums_neon<uint16_t>, largest_neon,     exponentials_neon};

}  // namespace octavo
