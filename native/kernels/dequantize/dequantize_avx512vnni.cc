// Dequantization with AVX-512, 16 values a vector; what is left of them is masked.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/dequantize/dequantize.h"

namespace octavo {
namespace {

constexpr size_t kLanes = 16, kBlock = 64;
/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in bytes.
constexpr size_t kAhead = 16384, kPageValues = 1024;

inline void touch_ahead(const void* at) { _mm_prefetch(static_cast<const char*>(at) + kAhead, _MM_HINT_T0); }

template <bool kSigned>
OCTAVO_INLINE __m512 dequantize_lanes(__m128i bytes, __m512i offset, __m512 scale) {
  const __m512i q = kSigned ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(q, offset)), scale);
}

/// At most sixteen values.
template <bool kSigned>
OCTAVO_INLINE void dequantize_few(const uint8_t* q, float* x, size_t count, __m512i offset, __m512 scale) {
  const __mmask16 mask = static_cast<__mmask16>((1u << count) - 1);
  _mm512_mask_storeu_ps(x, mask, dequantize_lanes<kSigned>(_mm_maskz_loadu_epi8(mask, q), offset, scale));
}

/// Whole blocks, to whole lines of x.
template <bool kSigned, bool kStreamed>
void dequantize_blocks(const uint8_t* q, float* x, size_t count, __m512i offset, __m512 scale) {
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(q + i + kLanes * u));
      const __m512 values = dequantize_lanes<kSigned>(bytes, offset, scale);
      kStreamed ? _mm512_stream_ps(x + i + kLanes * u, values) : _mm512_store_ps(x + i + kLanes * u, values);
    });
  }
  if (kStreamed) _mm_sfence();
}

template <bool kSigned>
void dequantize_as(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const __m512 scale = _mm512_set1_ps(params.scale);
  const __m512i offset = _mm512_set1_epi32(params.zero_point);
  const size_t to_line = (0 - reinterpret_cast<uintptr_t>(x)) % 64 / sizeof(float);
  size_t i = to_line < count ? to_line : count;
  dequantize_few<kSigned>(q, x, i, offset, scale);
  const size_t whole = (count - i) / kBlock * kBlock;
  (params.streamed ? dequantize_blocks<kSigned, true> : dequantize_blocks<kSigned, false>)(q + i, x + i, whole, offset,
                                                                                           scale);
  for (i += whole; i < count; i += kLanes)
    dequantize_few<kSigned>(q + i, x + i, count - i < kLanes ? count - i : kLanes, offset, scale);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  (params.is_signed ? dequantize_as<true> : dequantize_as<false>)(q, x, count, params);
}

template <bool kSigned>
void dequantize_row_of_columns(const uint8_t* q, float* x, const DequantizeColumns& params) {
  size_t i = 0;
  for (; i + kLanes <= params.count; i += kLanes) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(q + i));
    const __m512i offset = _mm512_loadu_si512(params.zero_point + i);
    _mm512_storeu_ps(x + i, dequantize_lanes<kSigned>(bytes, offset, _mm512_loadu_ps(params.scale + i)));
  }
  if (i == params.count) return;
  const __mmask16 mask = static_cast<__mmask16>((1u << (params.count - i)) - 1);
  dequantize_few<kSigned>(q + i, x + i, params.count - i, _mm512_maskz_loadu_epi32(mask, params.zero_point + i),
                          _mm512_maskz_loadu_ps(mask, params.scale + i));
}

void dequantize_columns(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params) {
  const auto dequantize_row = params.is_signed ? dequantize_row_of_columns<true> : dequantize_row_of_columns<false>;
  for (size_t r = 0; r < rows; ++r) dequantize_row(q + r * params.count, x + r * params.count, params);
}

}  // namespace

const DequantizeKernel kDequantizeAvx512vnni = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
