// Attention's pieces with AVX2, FMA and F16C.
#include <immintrin.h>

#include <cmath>

#include "core/unroll.h"
#include "kernels/activation/activation_avx2.h"
#include "kernels/attention/attention_scalar.h"

namespace octavo {
namespace {

inline __m256 load8(const float* from) { return _mm256_loadu_ps(from); }
inline __m256 load8(const uint16_t* from) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

void widen_avx2(const uint16_t* halves, size_t count, float* values) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(values + i, load8(halves + i));
  for (; i < count; ++i) values[i] = from_float16(halves[i]);
}

/// Dots of four rows of whole groups of 16 coordinates.
template <typename T>
inline void four_dots(const T* row, size_t stride, size_t dim, const float* query, float* out) {
  __m256 low[4], high[4];
  unroll<4>([&](auto r) OCTAVO_INLINE_LAMBDA { low[r] = high[r] = _mm256_setzero_ps(); });
  for (size_t j = 0; j < dim; j += 16) {
    const __m256 first = load8(query + j), second = load8(query + j + 8);
    unroll<4>([&](auto r) OCTAVO_INLINE_LAMBDA {
      low[r] = _mm256_fmadd_ps(first, load8(row + r * stride + j), low[r]);
      high[r] = _mm256_fmadd_ps(second, load8(row + r * stride + j + 8), high[r]);
    });
  }
  __m128 four[4];
  unroll<4>([&](auto r) OCTAVO_INLINE_LAMBDA {
    const __m256 eight = _mm256_add_ps(low[r], high[r]);
    four[r] = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  });
  _MM_TRANSPOSE4_PS(four[0], four[1], four[2], four[3]);
  _mm_storeu_ps(out, _mm_add_ps(_mm_add_ps(four[0], four[2]), _mm_add_ps(four[1], four[3])));
}

template <typename T>
void dots_avx2(const AttentionRows<T>& rows, const float* query, float* out) {
  size_t i = 0;
  if (rows.dim % kAttentionLanes == 0)
    for (; i + 4 <= rows.rows; i += 4) four_dots(rows.data + i * rows.stride, rows.stride, rows.dim, query, out + i);
  dots_of_rows<T>({rows.data + i * rows.stride, rows.rows - i, rows.stride, rows.dim}, query, out + i);
}

/// kVectors times 8 coordinates from `at` on.
template <int kVectors, typename T>
inline void sums_of(const AttentionRows<T>& rows, const float* weights, float* acc, size_t at) {
  __m256 sums[kVectors];
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { sums[v] = load8(acc + at + 8 * v); });
  const T* row = rows.data + at;
  for (size_t i = 0; i < rows.rows; ++i, row += rows.stride) {
    const __m256 weight = _mm256_broadcast_ss(weights + i);
    unroll<kVectors>([&](auto v)
                         OCTAVO_INLINE_LAMBDA { sums[v] = _mm256_fmadd_ps(weight, load8(row + 8 * v), sums[v]); });
  }
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { _mm256_storeu_ps(acc + at + 8 * v, sums[v]); });
}

template <typename T>
void sums_avx2(const AttentionRows<T>& rows, const float* weights, float* acc) {
  size_t j = 0;
  for (; j + 64 <= rows.dim; j += 64) sums_of<8>(rows, weights, acc, j);
  for (; j + 8 <= rows.dim; j += 8) sums_of<1>(rows, weights, acc, j);
  sums_of_rows(rows, weights, acc, j);
}

float largest_avx2(const float* logits, size_t count) {
  __m256 maxima = _mm256_set1_ps(-INFINITY);
  size_t i = 0;
  // The instruction gives its second operand where the first is NaN.
  for (; i + 8 <= count; i += 8) maxima = _mm256_max_ps(load8(logits + i), maxima);
  float lanes[8], max = -INFINITY;
  _mm256_storeu_ps(lanes, maxima);
  for (const float lane : lanes) max = lane > max ? lane : max;
  for (; i < count; ++i) max = logits[i] > max ? logits[i] : max;
  return max;
}

void exponentials_avx2(const float* logits, size_t count, float max, float* weights, float* sums) {
  __m256 lanes[2] = {load8(sums), load8(sums + 8)};
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    unroll<2>([&](auto v) OCTAVO_INLINE_LAMBDA {
      const __m256 distance = _mm256_sub_ps(_mm256_set1_ps(max), load8(logits + i + 8 * v));
      const __m256 weight = exp_of_distance<Floats256>(distance).v;
      _mm256_storeu_ps(weights + i + 8 * v, weight);
      lanes[v] = _mm256_add_ps(lanes[v], weight);
    });
  unroll<2>([&](auto v) OCTAVO_INLINE_LAMBDA { _mm256_storeu_ps(sums + 8 * v, lanes[v]); });
  exponentials_from(logits, i, count, max, weights, sums);
}

}  // namespace

const AttentionKernel kAttentionAvx2 = {widen_avx2,          dots_avx2<float>, dots_avx2<uint16_t>, sums_avx2<float>,
                                        sums_avx2<uint16_t>, largest_avx2,     exponentials_avx2};

}  // namespace octavo
