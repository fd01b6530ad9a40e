// Dequantization with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/dequantize/dequantize_scalar.h"

namespace octavo {
namespace {

inline __m256i load_bytes(const uint8_t* q, bool is_signed) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(q));
  return is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in bytes.
constexpr size_t kAhead = 16384, kPageValues = 1024;

inline void touch_ahead(const void* at) { _mm_prefetch(static_cast<const char*>(at) + kAhead, _MM_HINT_T0); }

constexpr size_t kBlock = 32;

/// Whole blocks, to a place where vectors begin.
template <bool kSigned, bool kStreamed>
void dequantize_blocks(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const __m256 factor = _mm256_set1_ps(params.scale);
  const __m256i offset = _mm256_set1_epi32(params.zero_point);
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      float* to = x + i + 8 * u;
      const __m256 v = _mm256_cvtepi32_ps(_mm256_sub_epi32(load_bytes(q + i + 8 * u, kSigned), offset));
      kStreamed ? _mm256_stream_ps(to, _mm256_mul_ps(v, factor)) : _mm256_store_ps(to, _mm256_mul_ps(v, factor));
    });
  }
  if (kStreamed) _mm_sfence();
}

template <bool kSigned>
void dequantize_as(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const auto [scale, zero_point, is_signed, streamed] = params;
  const size_t to_line = (0 - reinterpret_cast<uintptr_t>(x)) % 64 / sizeof(float);
  const size_t first = to_line < count ? to_line : count, whole = (count - first) / kBlock * kBlock;
  for (size_t i = 0; i < first; ++i) x[i] = dequantize_value(q[i], scale, zero_point, kSigned);
  (streamed ? dequantize_blocks<kSigned, true> : dequantize_blocks<kSigned, false>)(q + first, x + first, whole,
                                                                                    params);
  for (size_t i = first + whole; i < count; ++i) x[i] = dequantize_value(q[i], scale, zero_point, kSigned);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  (params.is_signed ? dequantize_as<true> : dequantize_as<false>)(q, x, count, params);
}

void dequantize_row_of_columns(const uint8_t* q, float* x, const DequantizeColumns& params) {
  const auto [scale, zero_point, count, is_signed] = params;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const __m256i offset = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(zero_point + i));
    const __m256 v = _mm256_cvtepi32_ps(_mm256_sub_epi32(load_bytes(q + i, is_signed), offset));
    _mm256_storeu_ps(x + i, _mm256_mul_ps(v, _mm256_loadu_ps(scale + i)));
  }
  for (; i < count; ++i) x[i] = dequantize_value(q[i], scale[i], zero_point[i], is_signed);
}

void dequantize_columns(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params) {
  for (size_t r = 0; r < rows; ++r) dequantize_row_of_columns(q + r * params.count, x + r * params.count, params);
}

}  // namespace

const DequantizeKernel kDequantizeAvx2 = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
