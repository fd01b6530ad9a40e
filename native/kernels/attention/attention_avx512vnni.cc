// Attention's pieces with AVX-512.
#include <immintrin.h>

#include <cmath>

#include "core/unroll.h"
#include "kernels/activation/activation_avx512vnni.h"
#include "kernels/attention/attention_scalar.h"

namespace octavo {
namespace {

inline __mmask16 first_lanes(size_t count) { return static_cast<__mmask16>((1u << count) - 1); }

inline __m512 load16(const float* from) { return _mm512_loadu_ps(from); }
inline __m512 load16(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
inline __m512 load_masked(const float* from, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, from); }
inline __m512 load_masked(const uint16_t* from, __mmask16 mask) {
  return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, from));
}

void widen_avx512vnni(const uint16_t* halves, size_t count, float* values) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) _mm512_storeu_ps(values + i, load16(halves + i));
  const __mmask16 rest = first_lanes(count - i);
  if (rest != 0) _mm512_mask_storeu_ps(values + i, rest, load_masked(halves + i, rest));
}

/// Lanes l and l + 8, then l and l + 4.
inline __m128 four_lanes(__m512 lanes) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(lanes), _mm512_extractf32x8_ps(lanes, 1));
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

/// Dots of kRows rows. Lanes beyond the last coordinates stay as they are.
template <int kRows, typename T>
inline void dots_of(const T* row, size_t stride, size_t dim, const float* query, float* out) {
  __m512 lanes[kRows];
  unroll<kRows>([&](auto r) OCTAVO_INLINE_LAMBDA { lanes[r] = _mm512_setzero_ps(); });
  size_t j = 0;
  for (; j + 16 <= dim; j += 16) {
    const __m512 q = load16(query + j);
    unroll<kRows>([&](auto r)
                      OCTAVO_INLINE_LAMBDA { lanes[r] = _mm512_fmadd_ps(q, load16(row + r * stride + j), lanes[r]); });
  }
  if (const __mmask16 rest = first_lanes(dim - j); rest != 0) {
    const __m512 q = load_masked(query + j, rest);
    unroll<kRows>([&](auto r) OCTAVO_INLINE_LAMBDA {
      lanes[r] = _mm512_mask3_fmadd_ps(q, load_masked(row + r * stride + j, rest), lanes[r], rest);
    });
  }
  __m128 four[kRows];
  unroll<kRows>([&](auto r) OCTAVO_INLINE_LAMBDA { four[r] = four_lanes(lanes[r]); });
  if constexpr (kRows == 4) {
    _MM_TRANSPOSE4_PS(four[0], four[1], four[2], four[3]);
    _mm_storeu_ps(out, _mm_add_ps(_mm_add_ps(four[0], four[2]), _mm_add_ps(four[1], four[3])));
  } else {
    const __m128 two = _mm_add_ps(four[0], _mm_movehl_ps(four[0], four[0]));
    _mm_store_ss(out, _mm_add_ss(two, _mm_movehdup_ps(two)));
  }
}

template <typename T>
void dots_avx512vnni(const AttentionRows<T>& rows, const float* query, float* out) {
  size_t i = 0;
  for (; i + 4 <= rows.rows; i += 4) dots_of<4>(rows.data + i * rows.stride, rows.stride, rows.dim, query, out + i);
  for (; i < rows.rows; ++i) dots_of<1>(rows.data + i * rows.stride, rows.stride, rows.dim, query, out + i);
}

/// kVectors times 16 coordinates from `at` on.
template <int kVectors, typename T>
inline void sums_of(const AttentionRows<T>& rows, const float* weights, float* acc, size_t at) {
  __m512 sums[kVectors];
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { sums[v] = load16(acc + at + 16 * v); });
  const T* row = rows.data + at;
  for (size_t i = 0; i < rows.rows; ++i, row += rows.stride) {
    const __m512 weight = _mm512_set1_ps(weights[i]);
    unroll<kVectors>([&](auto v)
                         OCTAVO_INLINE_LAMBDA { sums[v] = _mm512_fmadd_ps(weight, load16(row + 16 * v), sums[v]); });
  }
  unroll<kVectors>([&](auto v) OCTAVO_INLINE_LAMBDA { _mm512_storeu_ps(acc + at + 16 * v, sums[v]); });
}

template <typename T>
void sums_avx512vnni(const AttentionRows<T>& rows, const float* weights, float* acc) {
  size_t j = 0;
  for (; j + 128 <= rows.dim; j += 128) sums_of<8>(rows, weights, acc, j);
  for (; j + 64 <= rows.dim; j += 64) sums_of<4>(rows, weights, acc, j);
  for (; j + 16 <= rows.dim; j += 16) sums_of<1>(rows, weights, acc, j);
  sums_of_rows(rows, weights, acc, j);
}

float largest_avx512vnni(const float* logits, size_t count) {
  __m512 max = _mm512_set1_ps(-INFINITY);
  size_t i = 0;
  // The instruction gives its second operand where the first is NaN.
  for (; i + 16 <= count; i += 16) max = _mm512_max_ps(load16(logits + i), max);
  if (const __mmask16 rest = first_lanes(count - i); rest != 0)
    max = _mm512_mask_max_ps(max, rest, load_masked(logits + i, rest), max);
  return _mm512_reduce_max_ps(max);
}

void exponentials_avx512vnni(const float* logits, size_t count, float max, float* weights, float* sums) {
  __m512 lanes = load16(sums);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m512 weight = exp_of_distance<Floats512>(_mm512_sub_ps(_mm512_set1_ps(max), load16(logits + i))).v;
    _mm512_storeu_ps(weights + i, weight);
    lanes = _mm512_add_ps(lanes, weight);
  }
  _mm512_storeu_ps(sums, lanes);
  exponentials_from(logits, i, count, max, weights, sums);
}

}  // namespace

const AttentionKernel kAttentionAvx512vnni = {
    widen_avx512vnni,          dots_avx512vnni<float>, dots_avx512vnni<uint16_t>, sums_avx512vnni<float>,
    sums_avx512vnni<uint16_t>, largest_avx512vnni,     exponentials_avx512vnni};

}  // namespace octavo
