// Stores of int8 and uint8 outputs from the registers of a tile, four vectors at a time.
//
// Instead of limiting float32 values before they are rounded, as the definition does, this rounds first and limits in
// the instructions that narrow. Rounding keeps order, so that the bytes are the same where no value leaves int32, which
// choose_store makes sure of.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx512vnni.h"

namespace octavo {
namespace {

/// What all bytes of a tile share. Clipped bytes of either sign are signed ones until `flip` is applied.
struct ByteForm512 {
  __m512 inverse_scale;
  __m512i offset, low, high, flip;
};

inline int round_half_to_even(float value) {
  return _mm_cvt_roundss_i32(_mm_set_ss(value), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

OCTAVO_INLINE ByteForm512 byte_form(const GemmI8Epilogue& e, TileStore store, OutputType type) {
  const int flip = store == TileStore::kClippedBytes && type == OutputType::kUint8 ? 128 : 0;
  const int offset = e.zero_point - flip;
  return {_mm512_set1_ps(e.inverse_scale), _mm512_set1_epi16(static_cast<int16_t>(offset)),
          _mm512_set1_epi8(static_cast<int8_t>(round_half_to_even(e.low) + offset)),
          _mm512_set1_epi8(static_cast<int8_t>(round_half_to_even(e.high) + offset)),
          _mm512_set1_epi8(static_cast<int8_t>(flip))};
}

/// Two vectors as int16, with the zero point.
OCTAVO_INLINE __m512i to_words(const ByteForm512& form, __m512 f0, __m512 f1) {
  const auto round = [&](__m512 f) OCTAVO_INLINE_LAMBDA {
    return _mm512_cvt_roundps_epi32(_mm512_mul_ps(f, form.inverse_scale),
                                    _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  };
  return _mm512_adds_epi16(_mm512_packs_epi32(round(f0), round(f1)), form.offset);
}

/// The bytes of four vectors, one vector's after the other's.
template <TileStore kStore>
OCTAVO_INLINE __m512i join_bytes(const ByteForm512& form, __m512i words01, __m512i words23) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i bytes =
      kStore == TileStore::kUint8 ? _mm512_packus_epi16(words01, words23) : _mm512_packs_epi16(words01, words23);
  if constexpr (kStore == TileStore::kClippedBytes)
    bytes = _mm512_xor_si512(_mm512_min_epi8(_mm512_max_epi8(bytes, form.low), form.high), form.flip);
  return _mm512_permutexvar_epi32(order, bytes);
}

/// Two rows of two panels a time, or four rows of one; what lies beyond the last row repeats another.
template <TileStore kStore, int R, int P>
OCTAVO_INLINE void store_bytes(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m512i (&acc)[R][P]) {
  constexpr int kRows = 4 / P;
  uint8_t* const c = static_cast<uint8_t*>(s.c) + j;
  const ByteForm512 form = byte_form(e, kStore, s.output);
  ColumnValues512 at[P];
  unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { at[p] = column_values(e, j + p * 16); });
  unroll<(R + kRows - 1) / kRows>([&](auto group) OCTAVO_INLINE_LAMBDA {
    __m512 f[4];
    unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA {
      constexpr int r = group * kRows + i / P, p = i % P;
      if constexpr (r < R)
        f[i] = scale_sums(e, r, at[p], acc[r][p]);
      else
        f[i] = f[p];
    });
    const __m512i bytes = join_bytes<kStore>(form, to_words(form, f[0], f[1]), to_words(form, f[2], f[3]));
    unroll<kRows>([&](auto i) OCTAVO_INLINE_LAMBDA {
      constexpr int r = group * kRows + i;
      if constexpr (r < R && P == 2)
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + r * s.c_stride), _mm512_extracti64x4_epi64(bytes, i));
      else if constexpr (r < R)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(c + r * s.c_stride), _mm512_extracti32x4_epi32(bytes, i));
    });
  });
}

}  // namespace
}  // namespace octavo
