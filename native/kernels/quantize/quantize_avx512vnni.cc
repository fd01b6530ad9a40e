// Quantization with AVX-512, 64 values a step; the last step is masked.
//
// Division takes several times as long as everything else. A product with the rounded inverse differs from the rounded
// quotient by less than 1.5 * 2^-23 of it; within the range of bytes that is below 2^-14 steps. So both round to the
// same integer unless the product is that close to a tie: such blocks, those with values that no int32 holds (NaN,
// infinities), and scales whose inverse is not a normal number, are divided. Results are those of the division always.
#include "kernels/quantize/quantize_rows_avx512vnni.h"

namespace octavo {
namespace {

/// The farthest that a product may be from its integer for the quotient to have the same one.
constexpr float kSafeDistance = 0.5f - 0x1p-14f;

/// The inverse of a scale; NaN, which no block passes with, where it or the scale is far from 1.
OCTAVO_INLINE __m512 safe_inverse(__m512 scale) {
  const __mmask16 safe = _mm512_cmp_ps_mask(scale, _mm512_set1_ps(0x1p-100f), _CMP_GE_OQ) &
                         _mm512_cmp_ps_mask(scale, _mm512_set1_ps(0x1p100f), _CMP_LE_OQ);
  return _mm512_mask_div_ps(_mm512_set1_ps(NAN), safe, _mm512_set1_ps(1.0f), scale);
}

/// Two vectors of integers as one of int16, saturated; [first, second] in quarters.
OCTAVO_INLINE __m512i to_words(__m512 first, __m512 second) {
  return _mm512_packs_epi32(_mm512_cvt_roundps_epi32(first, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                            _mm512_cvt_roundps_epi32(second, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/// NaN as 0, and what no int16 holds as the largest that it does.
OCTAVO_INLINE __m512 clamp_quotient(__m512 v) {
  v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
  return _mm512_min_ps(_mm512_max_ps(v, _mm512_set1_ps(-32767.0f)), _mm512_set1_ps(32767.0f));
}

/// Rounds 64 quotients. `load(u)`, `inverse(u)` and `scale(u)` give the vectors of values and of their parameters.
template <typename Load, typename Inverse, typename Scale>
OCTAVO_INLINE void round_quotients(__m512i (&words)[2], const Load& load, const Inverse& inverse, const Scale& scale) {
  constexpr int kToNearest = 0x08, kLargerMagnitude = 0x0B;
  __m512 v[4], distance[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    v[u] = _mm512_mul_ps(load(u), inverse(u));
    distance[u] = _mm512_reduce_ps(v[u], kToNearest);
  });
  words[0] = to_words(v[0], v[1]);
  words[1] = to_words(v[2], v[3]);
  const __m512 farthest =
      _mm512_range_ps(_mm512_range_ps(distance[0], distance[1], kLargerMagnitude),
                      _mm512_range_ps(distance[2], distance[3], kLargerMagnitude), kLargerMagnitude);
  const __mmask16 close = _mm512_cmp_ps_mask(farthest, _mm512_set1_ps(kSafeDistance), _CMP_GT_OQ);
  // The conversion makes INT32_MIN of NaN and of what is too large.
  const __mmask32 special = _mm512_cmpeq_epi16_mask(_mm512_min_epi16(words[0], words[1]), _mm512_set1_epi16(INT16_MIN));
  if ((close | special) == 0) return;
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { v[u] = clamp_quotient(_mm512_div_ps(load(u), scale(u))); });
  words[0] = to_words(v[0], v[1]);
  words[1] = to_words(v[2], v[3]);
}

/// Bytes of a range, signed if it begins below 0.
struct ByteRange {
  bool is_signed;
  __m512i low, high;

  explicit ByteRange(QuantizeRange range)
      : is_signed(range.low < 0),
        low(_mm512_set1_epi8(static_cast<char>(range.low))),
        high(_mm512_set1_epi8(static_cast<char>(range.high))) {}

  OCTAVO_INLINE __m512i pack(const __m512i (&words)[2], __m512i offset0, __m512i offset1) const {
    const __m512i first = _mm512_adds_epi16(words[0], offset0), second = _mm512_adds_epi16(words[1], offset1);
    if (is_signed) return restore_order(_mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(first, second), low), high));
    return restore_order(_mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(first, second), low), high));
  }
};

OCTAVO_INLINE __mmask64 mask_of(size_t count) { return (static_cast<__mmask64>(1) << count) - 1; }

OCTAVO_INLINE __m512 load_masked(const float* x, __mmask64 mask, int u) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> (16 * u)), x + 16 * u);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range) {
  const __m512 divisor = _mm512_set1_ps(scale), inverse = safe_inverse(divisor);
  const __m512i offset = _mm512_set1_epi16(static_cast<int16_t>(zero_point));
  const ByteRange bytes(range);
  const auto quantize = [=](auto&& load) OCTAVO_INLINE_LAMBDA {
    __m512i words[2];
    round_quotients(
        words, load, [=](auto) OCTAVO_INLINE_LAMBDA { return inverse; },
        [=](auto) OCTAVO_INLINE_LAMBDA { return divisor; });
    return bytes.pack(words, offset, offset);
  };
  size_t i = 0;
  for (; i + 64 <= count; i += 64)
    _mm512_storeu_si512(q + i, quantize([=](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_loadu_ps(x + i + 16 * u); }));
  if (i == count) return;
  const __mmask64 mask = mask_of(count - i);
  const auto load = [=](auto u) OCTAVO_INLINE_LAMBDA { return load_masked(x + i, mask, u); };
  _mm512_mask_storeu_epi8(q + i, mask, quantize(load));
}

/// The parameters of up to kColumns columns, in the form in which each row uses them.
struct Columns {
  static constexpr size_t kColumns = 512;
  alignas(64) float inverse[kColumns], scale[kColumns];
  alignas(64) int16_t offset[kColumns];  // ordered as words are: 16 columns and the next 16 in quarters
};

void fill_columns(const ColumnParams& params, size_t first, size_t count, Columns* columns) {
  for (size_t i = 0; i < count; i += 32) {
    __m512i zero[2];
    unroll<2>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const size_t at = i + 16 * u, left = count > at ? count - at : 0;
      const __mmask16 mask = left >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << left) - 1);
      const __m512 scale = _mm512_mask_loadu_ps(_mm512_set1_ps(1.0f), mask, params.scale + first + at);
      _mm512_store_ps(columns->scale + at, scale);
      _mm512_store_ps(columns->inverse + at, safe_inverse(scale));
      zero[u] = _mm512_maskz_loadu_epi32(mask, params.zero_point + first + at);
    });
    _mm512_store_si512(columns->offset + i, _mm512_packs_epi32(zero[0], zero[1]));
  }
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  const ByteRange bytes(params.range);
  Columns columns;
  for (size_t first = 0; first < params.count; first += Columns::kColumns) {
    const size_t left = params.count - first, count = left < Columns::kColumns ? left : Columns::kColumns;
    fill_columns(params, first, count, &columns);
    for (size_t r = 0; r < rows; ++r) {
      const float* row = x + r * params.count + first;
      uint8_t* out = q + r * params.count + first;
      for (size_t i = 0; i < count; i += 64) {
        const __mmask64 mask = count - i >= 64 ? ~static_cast<__mmask64>(0) : mask_of(count - i);
        __m512i words[2];
        round_quotients(
            words, [&](auto u) OCTAVO_INLINE_LAMBDA { return load_masked(row + i, mask, u); },
            [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_load_ps(columns.inverse + i + 16 * u); },
            [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_load_ps(columns.scale + i + 16 * u); });
        const __m512i packed =
            bytes.pack(words, _mm512_load_si512(columns.offset + i), _mm512_load_si512(columns.offset + i + 32));
        mask == ~static_cast<__mmask64>(0) ? _mm512_storeu_si512(out + i, packed)
                                           : _mm512_mask_storeu_epi8(out + i, mask, packed);
      }
    }
  }
}

}  // namespace

const QuantizeKernel kQuantizeAvx512vnni = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
