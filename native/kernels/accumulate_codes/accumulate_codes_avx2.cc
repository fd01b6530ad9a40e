// accumulate_codes with AVX2: VPERMPS looks 8 levels up at once, by the low 3 bits of each lane; of 16 levels, two
// tables, and bit 3 chooses. Tables of fewer levels are repeated, so that what lies above a code's bits needs no mask.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/accumulate_codes/accumulate_codes_groups_scalar.h"

namespace octavo {
namespace {

inline __m256i lanes() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }

/// Each lane's bits, `width` apart from bit `first` on, lowest, with others above them.
inline __m256i bits_of_each(const uint8_t* from, int first, int width) {
  int32_t word;
  std::memcpy(&word, from, sizeof word);
  const __m256i shift =
      _mm256_add_epi32(_mm256_mullo_epi32(lanes(), _mm256_set1_epi32(width)), _mm256_set1_epi32(first));
  return _mm256_srlv_epi32(_mm256_set1_epi32(word), shift);
}

template <unsigned kBits>
inline __m256 repeated_table(const float* levels) {
  const __m256i index = _mm256_and_si256(lanes(), _mm256_set1_epi32((1 << kBits) - 1));
  const __m256i valid = _mm256_cmpgt_epi32(_mm256_set1_epi32(1 << kBits), lanes());
  return _mm256_permutevar8x32_ps(_mm256_maskload_ps(levels, valid), index);
}

/// Levels of 16 coordinates from `at` on as two vectors: of 4 bits the even and the odd ones, else the first and the
/// last 8.
template <unsigned kBits>
struct Levels {
  static_assert(kBits == 1 || kBits == 2);
  static constexpr bool kInterleaved = false;
  __m256 table;
  explicit Levels(const AccumulateCodes& sum) : table(repeated_table<kBits>(sum.levels)) {}
  template <int kVector>
  OCTAVO_INLINE __m256 load(const uint8_t* row, size_t at) const {
    const __m256i index = bits_of_each(row + at * kBits / 8, 8 * kVector * kBits, kBits);
    return _mm256_permutevar8x32_ps(table, index);
  }
};

template <>
struct Levels<3> {
  static constexpr bool kInterleaved = false;
  __m256 table;
  size_t plane;
  explicit Levels(const AccumulateCodes& sum) : table(repeated_table<3>(sum.levels)), plane((sum.dim + 3) / 4) {}
  template <int kVector>
  OCTAVO_INLINE __m256 load(const uint8_t* row, size_t at) const {
    const __m256i low = _mm256_and_si256(bits_of_each(row + at / 4, 16 * kVector, 2), _mm256_set1_epi32(3));
    const __m256i high = bits_of_each(row + plane + at / 8, 8 * kVector, 1);
    return _mm256_permutevar8x32_ps(table, _mm256_or_si256(low, _mm256_slli_epi32(high, 2)));
  }
};

template <>
struct Levels<4> {
  static constexpr bool kInterleaved = true;
  __m256 low, high;
  explicit Levels(const AccumulateCodes& sum)
      : low(_mm256_loadu_ps(sum.levels)), high(_mm256_loadu_ps(sum.levels + 8)) {}
  template <int kVector>
  OCTAVO_INLINE __m256 load(const uint8_t* row, size_t at) const {
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(row + at / 2)));
    const __m256i index = kVector == 0 ? bytes : _mm256_srli_epi32(bytes, 4);
    const __m256 chosen = _mm256_castsi256_ps(_mm256_slli_epi32(bytes, kVector == 0 ? 28 : 24));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, index), _mm256_permutevar8x32_ps(high, index), chosen);
  }
};

template <>
struct Levels<8> {
  static constexpr bool kInterleaved = false;
  const float* table;
  explicit Levels(const AccumulateCodes& sum) : table(sum.levels) {}
  template <int kVector>
  OCTAVO_INLINE __m256 load(const uint8_t* row, size_t at) const {
    const auto* bytes = reinterpret_cast<const __m128i*>(row + at + 8 * kVector);
    return _mm256_i32gather_ps(table, _mm256_cvtepu8_epi32(_mm_loadl_epi64(bytes)), 4);
  }
};

/// A pair of accumulators, as Levels has coordinates.
template <bool kInterleaved>
inline void load_pair(const float* from, __m256& first, __m256& second) {
  const __m256 a = _mm256_loadu_ps(from), b = _mm256_loadu_ps(from + 8);
  first = a, second = b;
  if constexpr (kInterleaved) {
    const __m256 low = _mm256_permute2f128_ps(a, b, 0x20), high = _mm256_permute2f128_ps(a, b, 0x31);
    first = _mm256_shuffle_ps(low, high, 0x88), second = _mm256_shuffle_ps(low, high, 0xDD);
  }
}

template <bool kInterleaved>
inline void store_pair(float* to, __m256 first, __m256 second) {
  if constexpr (kInterleaved) {
    const __m256 low = _mm256_unpacklo_ps(first, second), high = _mm256_unpackhi_ps(first, second);
    first = _mm256_permute2f128_ps(low, high, 0x20), second = _mm256_permute2f128_ps(low, high, 0x31);
  }
  _mm256_storeu_ps(to, first);
  _mm256_storeu_ps(to + 8, second);
}

/// kQueries rows from `query` on of kPairs times 16 coordinates from `at` on.
template <unsigned kBits, int kQueries, int kPairs>
void accumulate_group(const AccumulateCodes& sum, const Levels<kBits>& levels, size_t query, size_t at) {
  constexpr bool kInterleaved = Levels<kBits>::kInterleaved;
  __m256 acc[kQueries][2 * kPairs];
  float* const to = sum.acc + query * sum.acc_stride + at;
  const float* const weights = sum.weights + query * sum.weight_stride;
  unroll_tile<kQueries, kPairs>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    load_pair<kInterleaved>(to + r * sum.acc_stride + 16 * p, acc[r][2 * p], acc[r][2 * p + 1]);
  });
  const uint8_t* row = sum.codes;
  for (size_t i = 0; i < sum.tokens; ++i, row += sum.row_stride)
    unroll_tile<kPairs, 2>([&](auto p, auto v) OCTAVO_INLINE_LAMBDA {
      const __m256 level = levels.template load<v>(row, at + 16 * p);
      unroll<kQueries>([&](auto r) OCTAVO_INLINE_LAMBDA {
        const __m256 weight = _mm256_broadcast_ss(weights + r * sum.weight_stride + i);
        acc[r][2 * p + v] = _mm256_fmadd_ps(weight, level, acc[r][2 * p + v]);
      });
    });
  unroll_tile<kQueries, kPairs>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    store_pair<kInterleaved>(to + r * sum.acc_stride + 16 * p, acc[r][2 * p], acc[r][2 * p + 1]);
  });
}

struct GroupsAvx2 {
  static constexpr size_t kGroup = 16;
  static constexpr bool kHasBytes = true;
  template <unsigned kBits>
  using Table = Levels<kBits>;

  static constexpr int groups_at_once(int queries) { return 4 / queries; }

  template <unsigned kBits, int kQueries, int kGroups>
  static void run(const AccumulateCodes& sum, const Table<kBits>& table, size_t query, size_t at) {
    accumulate_group<kBits, kQueries, kGroups>(sum, table, query, at);
  }
};

void accumulate_codes_avx2(const AccumulateCodes& sum) { accumulate_groups<GroupsAvx2>(sum); }

}  // namespace

const AccumulateCodesKernel kAccumulateCodesAvx2 = {accumulate_codes_avx2};

}  // namespace octavo
