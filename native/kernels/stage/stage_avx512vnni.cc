// Staging with AVX-512, a line a step; the last line of a row is read through a mask and written as a whole.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/stage/stage.h"

namespace octavo {
namespace {

inline __mmask64 mask_of(size_t count) { return (static_cast<__mmask64>(1) << count) - 1; }

/// step(i, mask) for every 64 bytes of a row, the last ones masked.
template <typename Step>
OCTAVO_INLINE void for_lines(size_t count, Step&& step) {
  size_t i = 0;
  for (; i + 64 <= count; i += 64) step(i, ~static_cast<__mmask64>(0));
  if (i < count) step(i, mask_of(count - i));
}

/// Rows of one line: short ones would spend more time on the ends of loops than on bytes.
OCTAVO_INLINE void flip_lines(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, __m512i flips) {
  const __mmask64 mask = source.count == 64 ? ~static_cast<__mmask64>(0) : mask_of(source.count);
  const __m512i flipped = _mm512_maskz_mov_epi8(mask, flips);
  const uint8_t* bytes = source.first;
  for (size_t r = 0; r < source.rows; ++r, bytes += source.stride, target += target_stride_bytes)
    _mm512_store_si512(target, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, bytes), flipped));
}

void stage_flip(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, uint8_t flip) {
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
  if (source.count - 1 < 64) return flip_lines(source, target, target_stride_bytes, flips);
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes) {
    const uint8_t* bytes = source.first + r * source.stride;
    for_lines(source.count, [&](size_t i, __mmask64 mask) OCTAVO_INLINE_LAMBDA {
      const __m512i line = _mm512_maskz_loadu_epi8(mask, bytes + i);
      _mm512_store_si512(target + i, _mm512_xor_si512(line, _mm512_maskz_mov_epi8(mask, flips)));
    });
  }
}

void stage_widen(const ByteRows& source, int16_t* target, size_t target_stride_bytes, bool is_signed) {
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes / sizeof(int16_t)) {
    const uint8_t* bytes = source.first + r * source.stride;
    for (size_t i = 0; i < source.count; i += 32) {
      const size_t left = source.count - i;
      const __mmask32 mask = static_cast<__mmask32>(mask_of(left < 32 ? left : 32));
      const __m256i values = _mm256_maskz_loadu_epi8(mask, bytes + i);
      _mm512_store_si512(target + i, is_signed ? _mm512_cvtepi8_epi16(values) : _mm512_cvtepu8_epi16(values));
    }
  }
}

void stage_sum(const ByteRows& source, uint8_t flip, uint32_t start, int32_t* sums) {
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip)), zero = _mm512_setzero_si512();
  for (size_t r = 0; r < source.rows; ++r) {
    const uint8_t* bytes = source.first + r * source.stride;
    __m512i sum = zero;
    for_lines(source.count, [&](size_t i, __mmask64 mask) OCTAVO_INLINE_LAMBDA {
      const __m512i line = _mm512_maskz_loadu_epi8(mask, bytes + i);
      sum = _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_xor_si512(line, _mm512_maskz_mov_epi8(mask, flips)), zero));
    });
    sums[r] = static_cast<int32_t>(start + static_cast<uint32_t>(_mm512_reduce_add_epi64(sum)));
  }
}

void stage_multiply(const int32_t* values, size_t count, int32_t factor, int32_t* terms) {
  const __m512i factors = _mm512_set1_epi32(factor);
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    _mm512_storeu_si512(terms + i, _mm512_mullo_epi32(_mm512_loadu_si512(values + i), factors));
  if (i == count) return;
  const __mmask16 mask = static_cast<__mmask16>(mask_of(count - i));
  _mm512_mask_storeu_epi32(terms + i, mask, _mm512_mullo_epi32(_mm512_maskz_loadu_epi32(mask, values + i), factors));
}

}  // namespace

const StageKernel kStageAvx512vnni = {stage_flip, stage_widen, stage_sum, stage_multiply};

}  // namespace octavo
