// Staging with AVX2, 32 bytes a step. What does not fill a step goes through a small array, so that no row is read
// beyond its end.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/stage/stage.h"

namespace octavo {
namespace {

constexpr size_t kLineBytes = 64;

/// The last, incomplete line of a row, with zeros behind it.
struct Tail {
  alignas(kLineBytes) uint8_t bytes[kLineBytes] = {};

  Tail(const uint8_t* source, size_t count) { std::memcpy(bytes, source, count); }
};

inline __m256i load(const uint8_t* bytes) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes)); }
inline __m128i load_half(const uint8_t* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }

inline __m256i broadcast_byte(uint8_t byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }

OCTAVO_INLINE void flip_line(const uint8_t* source, uint8_t* target, __m256i flips) {
  unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
    const __m256i flipped = _mm256_xor_si256(load(source + 32 * h), flips);
    _mm256_store_si256(reinterpret_cast<__m256i*>(target + 32 * h), flipped);
  });
}

void flip_row(const uint8_t* source, uint8_t* target, size_t count, __m256i flips) {
  size_t i = 0;
  for (; i + kLineBytes <= count; i += kLineBytes) flip_line(source + i, target + i, flips);
  if (i == count) return;
  const Tail tail(source + i, count - i);
  flip_line(tail.bytes, target + i, flips);
  std::memset(target + count, 0, i + kLineBytes - count);
}

void stage_flip(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, uint8_t flip) {
  const __m256i flips = broadcast_byte(flip);
  for (size_t r = 0; r < source.rows; ++r)
    flip_row(source.first + r * source.stride, target + r * target_stride_bytes, source.count, flips);
}

/// 32 bytes to a line of int16.
OCTAVO_INLINE void widen_line(const uint8_t* source, int16_t* target, bool is_signed) {
  unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
    const __m128i bytes = load_half(source + 16 * h);
    const __m256i words = is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
    _mm256_store_si256(reinterpret_cast<__m256i*>(target + 16 * h), words);
  });
}

void stage_widen(const ByteRows& source, int16_t* target, size_t target_stride_bytes, bool is_signed) {
  for (size_t r = 0; r < source.rows; ++r, target += target_stride_bytes / sizeof(int16_t)) {
    const uint8_t* bytes = source.first + r * source.stride;
    size_t i = 0;
    for (; i + 32 <= source.count; i += 32) widen_line(bytes + i, target + i, is_signed);
    if (i < source.count) widen_line(Tail(bytes + i, source.count - i).bytes, target + i, is_signed);
  }
}

uint32_t sum_row(const uint8_t* bytes, size_t count, uint8_t flip) {
  const __m256i flips = broadcast_byte(flip), zero = _mm256_setzero_si256();
  __m256i sum = zero;
  size_t i = 0;
  for (; i + 32 <= count; i += 32)
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_xor_si256(load(bytes + i), flips), zero));
  uint64_t lanes[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), sum);
  uint64_t total = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; i < count; ++i) total += static_cast<uint8_t>(bytes[i] ^ flip);
  return static_cast<uint32_t>(total);
}

void stage_sum(const ByteRows& source, uint8_t flip, uint32_t start, int32_t* sums) {
  for (size_t r = 0; r < source.rows; ++r)
    sums[r] = static_cast<int32_t>(start + sum_row(source.first + r * source.stride, source.count, flip));
}

void stage_multiply(const int32_t* values, size_t count, int32_t factor, int32_t* terms) {
  const __m256i factors = _mm256_set1_epi32(factor);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i products =
        _mm256_mullo_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + i)), factors);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(terms + i), products);
  }
  for (; i < count; ++i)
    terms[i] = static_cast<int32_t>(static_cast<uint32_t>(values[i]) * static_cast<uint32_t>(factor));
}

}  // namespace

const StageKernel kStageAvx2 = {stage_flip, stage_widen, stage_sum, stage_multiply};

}  // namespace octavo
