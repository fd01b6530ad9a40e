// accumulate_codes with AVX-512: VPERMPS looks 16 levels up at once, by the low 4 bits of each lane. Tables of fewer
// levels are repeated, so that what lies above a code's bits needs no mask.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/accumulate_codes/accumulate_codes_groups_scalar.h"

namespace octavo {
namespace {

inline __m512i bits_of_each(const uint8_t* from, int first, int width) {
  uint32_t word;
  std::memcpy(&word, from, sizeof word);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i shift = _mm512_add_epi32(_mm512_mullo_epi32(lane, _mm512_set1_epi32(width)), _mm512_set1_epi32(first));
  return _mm512_srlv_epi32(_mm512_set1_epi32(static_cast<int>(word)), shift);
}

/// Levels of coordinates in pairs of vectors, 32 coordinates each: v of `pair` of a group that begins at `at`.
/// Of 4 bits, v = 0 has the even coordinates and v = 1 the odd ones; else the first and the last 16.
template <unsigned kBits>
struct Levels;

template <>
struct Levels<4> {
  static constexpr bool kInterleaved = true;
  __m512 table;
  explicit Levels(const AccumulateCodes& sum) : table(_mm512_loadu_ps(sum.levels)) {}
  template <int kVector>
  OCTAVO_INLINE __m512 load(const uint8_t* row, size_t at) const {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + at / 2)));
    return _mm512_permutexvar_ps(kVector == 0 ? bytes : _mm512_srli_epi32(bytes, 4), table);
  }
};

template <unsigned kBits>
inline __m512 repeated_table(const float* levels) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512 loaded = _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << (1u << kBits)) - 1), levels);
  return _mm512_permutexvar_ps(_mm512_and_si512(lane, _mm512_set1_epi32((1 << kBits) - 1)), loaded);
}

template <>
struct Levels<3> {
  static constexpr bool kInterleaved = false;
  __m512 table;
  size_t plane;
  explicit Levels(const AccumulateCodes& sum) : table(repeated_table<3>(sum.levels)), plane((sum.dim + 3) / 4) {}
  template <int kVector>
  OCTAVO_INLINE __m512 load(const uint8_t* row, size_t at) const {
    const __m512i low = bits_of_each(row + at / 4 + 4 * kVector, 0, 2);
    uint16_t high;
    std::memcpy(&high, row + plane + at / 8 + 2 * kVector, sizeof high);
    const __m512i index = _mm512_and_si512(low, _mm512_set1_epi32(3));
    return _mm512_permutexvar_ps(_mm512_mask_or_epi32(index, high, index, _mm512_set1_epi32(4)), table);
  }
};

template <>
struct Levels<2> {
  static constexpr bool kInterleaved = false;
  __m512 table;
  explicit Levels(const AccumulateCodes& sum) : table(repeated_table<2>(sum.levels)) {}
  template <int kVector>
  OCTAVO_INLINE __m512 load(const uint8_t* row, size_t at) const {
    return _mm512_permutexvar_ps(bits_of_each(row + at / 4 + 4 * kVector, 0, 2), table);
  }
};

template <>
struct Levels<1> {
  static constexpr bool kInterleaved = false;
  __m512 table;
  explicit Levels(const AccumulateCodes& sum) : table(repeated_table<1>(sum.levels)) {}
  template <int kVector>
  OCTAVO_INLINE __m512 load(const uint8_t* row, size_t at) const {
    return _mm512_permutexvar_ps(bits_of_each(row + at / 8, 16 * kVector, 1), table);
  }
};

template <>
struct Levels<8> {
  static constexpr bool kInterleaved = false;
  const float* table;
  explicit Levels(const AccumulateCodes& sum) : table(sum.levels) {}
  template <int kVector>
  OCTAVO_INLINE __m512 load(const uint8_t* row, size_t at) const {
    const auto* bytes = reinterpret_cast<const __m128i*>(row + at + 16 * kVector);
    return _mm512_i32gather_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(bytes)), table, 4);
  }
};

/// A pair of accumulators, as Levels has coordinates.
template <bool kInterleaved>
inline void load_pair(const float* from, __m512& first, __m512& second) {
  const __m512 a = _mm512_loadu_ps(from), b = _mm512_loadu_ps(from + 16);
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  first = kInterleaved ? _mm512_permutex2var_ps(a, even, b) : a;
  second = kInterleaved ? _mm512_permutex2var_ps(a, _mm512_or_si512(even, _mm512_set1_epi32(1)), b) : b;
}

template <bool kInterleaved>
inline void store_pair(float* to, __m512 first, __m512 second) {
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
  _mm512_storeu_ps(to, kInterleaved ? _mm512_permutex2var_ps(first, low, second) : first);
  _mm512_storeu_ps(to + 16, kInterleaved ? _mm512_permutex2var_ps(first, high, second) : second);
}

/// kQueries rows from `query` on of kPairs times 32 coordinates from `at` on.
template <unsigned kBits, int kQueries, int kPairs>
void accumulate_group(const AccumulateCodes& sum, const Levels<kBits>& levels, size_t query, size_t at) {
  constexpr bool kInterleaved = Levels<kBits>::kInterleaved;
  __m512 acc[kQueries][2 * kPairs];
  float* const to = sum.acc + query * sum.acc_stride + at;
  const float* const weights = sum.weights + query * sum.weight_stride;
  unroll_tile<kQueries, kPairs>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    load_pair<kInterleaved>(to + r * sum.acc_stride + 32 * p, acc[r][2 * p], acc[r][2 * p + 1]);
  });
  const uint8_t* row = sum.codes;
  for (size_t i = 0; i < sum.tokens; ++i, row += sum.row_stride) {
    __m512 weight[kQueries];
    unroll<kQueries>([&](auto r)
                         OCTAVO_INLINE_LAMBDA { weight[r] = _mm512_set1_ps(weights[r * sum.weight_stride + i]); });
    unroll_tile<kPairs, 2>([&](auto p, auto v) OCTAVO_INLINE_LAMBDA {
      const __m512 level = levels.template load<v>(row, at + 32 * p);
      unroll<kQueries>([&](auto r) OCTAVO_INLINE_LAMBDA {
        acc[r][2 * p + v] = _mm512_fmadd_ps(weight[r], level, acc[r][2 * p + v]);
      });
    });
  }
  unroll_tile<kQueries, kPairs>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    store_pair<kInterleaved>(to + r * sum.acc_stride + 32 * p, acc[r][2 * p], acc[r][2 * p + 1]);
  });
}

struct GroupsAvx512vnni {
  static constexpr size_t kGroup = 32;
  static constexpr bool kHasBytes = true;
  template <unsigned kBits>
  using Table = Levels<kBits>;

  static constexpr int groups_at_once(int queries) { return queries == 4 ? 2 : 4; }

  template <unsigned kBits, int kQueries, int kGroups>
  static void run(const AccumulateCodes& sum, const Table<kBits>& table, size_t query, size_t at) {
    accumulate_group<kBits, kQueries, kGroups>(sum, table, query, at);
  }
};

void accumulate_codes_avx512vnni(const AccumulateCodes& sum) { accumulate_groups<GroupsAvx512vnni>(sum); }

}  // namespace

const AccumulateCodesKernel kAccumulateCodesAvx512vnni = {accumulate_codes_avx512vnni};

}  // namespace octavo
