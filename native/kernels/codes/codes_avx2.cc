// Encoding and decoding with AVX2: 32 coordinates a step; what is left goes through the scalar definition.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/codes/codes_scalar.h"

namespace octavo {
namespace {

constexpr size_t kStep = 32, kRegister = 8;

/// The 16 lanes of a sum.
struct Lanes256 {
  __m256 low = _mm256_setzero_ps(), high = _mm256_setzero_ps();

  OCTAVO_INLINE void add(int part, __m256 values) {
    if (part % 2 == 0)
      low = _mm256_add_ps(low, values);
    else
      high = _mm256_add_ps(high, values);
  }
  void store(LaneSum& sum) const {
    _mm256_store_ps(sum.lanes, low);
    _mm256_store_ps(sum.lanes + kRegister, high);
  }
};

inline float norm_of(const float* y, size_t dim) {
  Lanes256 squares;
  size_t i = 0;
  for (; i + kSumLanes <= dim; i += kSumLanes)
    unroll<2>([&](auto part) OCTAVO_INLINE_LAMBDA {
      const __m256 v = _mm256_loadu_ps(y + i + part * kRegister);
      squares.add(part, _mm256_mul_ps(v, v));
    });
  LaneSum sum;
  squares.store(sum);
  add_squares(y, i, dim, sum);
  return std::sqrt(sum.total());
}

/// Entries of a table of kEntries values by their numbers.
template <int kEntries>
OCTAVO_INLINE __m256 look_up(const float* table, __m256i numbers) {
  if constexpr (kEntries <= 8) return _mm256_permutevar8x32_ps(_mm256_load_ps(table), numbers);
  if constexpr (kEntries == 16) {
    const __m256 low = _mm256_permutevar8x32_ps(_mm256_load_ps(table), numbers);
    const __m256 high = _mm256_permutevar8x32_ps(_mm256_load_ps(table + 8), numbers);
    return _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(numbers, 28)));
  }
  // Loads: a gather is a twentieth faster, and qemu gives other values for it.
  alignas(32) uint32_t at[kRegister];
  _mm256_store_si256(reinterpret_cast<__m256i*>(at), numbers);
  return _mm256_setr_ps(table[at[0]], table[at[1]], table[at[2]], table[at[3]], table[at[4]], table[at[5]],
                        table[at[6]], table[at[7]]);
}

/// Cells, counted from 0, of positive values by the bits of their magnitudes: a binary search, whose first steps look
/// into a register.
template <int kBits>
OCTAVO_INLINE __m256i cell_of(__m256i magnitude, const Codebook& book) {
  constexpr int kCells = 1 << (kBits - 1), kCoarse = kCells < 8 ? kCells : 8, kFine = kCells / kCoarse;
  __m256i cell = _mm256_setzero_si256();
  unroll<3>([&](auto s) OCTAVO_INLINE_LAMBDA {
    constexpr int step = kCoarse >> (s + 1);
    if constexpr (step > 0) {
      const __m256i at = _mm256_add_epi32(cell, _mm256_set1_epi32(step - 1));
      const __m256i above = _mm256_cmpgt_epi32(magnitude, _mm256_castps_si256(look_up<8>(book.eighths, at)));
      cell = _mm256_add_epi32(cell, _mm256_and_si256(above, _mm256_set1_epi32(step)));
    }
  });
  if constexpr (kFine > 1) cell = _mm256_mullo_epi32(cell, _mm256_set1_epi32(kFine));
  unroll<4>([&](auto s) OCTAVO_INLINE_LAMBDA {
    constexpr int step = kFine >> (s + 1);
    if constexpr (step > 0) {
      const __m256i at = _mm256_add_epi32(cell, _mm256_set1_epi32(step - 1));
      const __m256 boundary = look_up<kCells <= 16 ? kCells : 32>(book.half_boundaries, at);
      const __m256i above = _mm256_cmpgt_epi32(magnitude, _mm256_castps_si256(boundary));
      cell = _mm256_add_epi32(cell, _mm256_and_si256(above, _mm256_set1_epi32(step)));
    }
  });
  return cell;
}

/// Codes of 8 coordinates. A value at a boundary belongs to the cell below it: the cell nearer to 0 if it is positive,
/// the next one if it is negative, as its magnitude's bits plus 1 find.
template <int kBits>
OCTAVO_INLINE __m256i encode_lanes(__m256 z, int part, const Codebook& book, Lanes256& dot, Lanes256& squares) {
  constexpr int kHalf = 1 << (kBits - 1);
  const __m256i bits = _mm256_castps_si256(z), magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFFFFFF));
  const __m256i positive = _mm256_cmpgt_epi32(bits, _mm256_setzero_si256());
  const __m256i found = _mm256_add_epi32(_mm256_add_epi32(magnitude, _mm256_set1_epi32(1)), positive);
  const __m256i cell = cell_of<kBits>(found, book);
  const __m256 level = look_up<kHalf>(book.half_levels, cell);
  dot.add(part, _mm256_mul_ps(level, _mm256_castsi256_ps(magnitude)));
  squares.add(part, _mm256_mul_ps(level, level));
  const __m256i side = _mm256_sub_epi32(_mm256_set1_epi32(kHalf - 1), positive);
  return _mm256_xor_si256(cell, side);
}

/// 32 numbers below 256 to bytes, in their order.
OCTAVO_INLINE __m256i to_bytes(const __m256i (&numbers)[4]) {
  const __m256i low = _mm256_packus_epi32(numbers[0], numbers[1]), high = _mm256_packus_epi32(numbers[2], numbers[3]);
  return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/// Bits `kShift` to `kShift + kWidth - 1` of 32 codes to their plane.
template <int kWidth, int kShift>
OCTAVO_INLINE void store_plane(uint8_t* plane, __m256i codes) {
  if constexpr (kWidth == 8) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(plane), codes);
  } else if constexpr (kWidth == 1) {
    const int bits = _mm256_movemask_epi8(_mm256_slli_epi16(codes, 7 - kShift));
    std::memcpy(plane, &bits, sizeof bits);
  } else {
    const __m256i low = _mm256_and_si256(_mm256_srli_epi16(codes, kShift), _mm256_set1_epi8(kWidth == 4 ? 15 : 3));
    const __m256i pairs = _mm256_maddubs_epi16(low, _mm256_set1_epi16(kWidth == 4 ? 0x1001 : 0x0401));
    if constexpr (kWidth == 4) {
      const __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(pairs, pairs), 0xD8);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(plane), _mm256_castsi256_si128(bytes));
    } else {
      const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00100001));
      const __m128i both = _mm_packus_epi32(_mm256_castsi256_si128(fours), _mm256_extracti128_si256(fours, 1));
      _mm_storel_epi64(reinterpret_cast<__m128i*>(plane), _mm_packus_epi16(both, both));
    }
  }
}

/// 32 codes' bits from their plane, each in a byte.
template <int kWidth>
OCTAVO_INLINE __m256i load_plane(const uint8_t* plane) {
  if constexpr (kWidth == 8) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(plane));
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(plane));
  if constexpr (kWidth == 4) {
    const __m256i pairs = _mm256_cvtepu8_epi16(bytes);
    return _mm256_and_si256(_mm256_or_si256(pairs, _mm256_slli_epi16(pairs, 4)), _mm256_set1_epi8(15));
  }
  if constexpr (kWidth == 2) {
    const __m256i fours = _mm256_cvtepu8_epi32(bytes);
    const __m256i pairs = _mm256_or_si256(fours, _mm256_slli_epi32(fours, 12));
    return _mm256_and_si256(_mm256_or_si256(pairs, _mm256_slli_epi32(pairs, 6)), _mm256_set1_epi8(3));
  }
  const __m256i spread = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
  const __m256i each = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201));
  const __m256i copies = _mm256_shuffle_epi8(_mm256_broadcastd_epi32(bytes), spread);
  const __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(copies, each), each);
  return _mm256_and_si256(set, _mm256_set1_epi8(1));
}

template <int kBits>
CodeSums encode_bits(const float* y, size_t dim, const Codebook& book, uint8_t* codes) {
  const float norm = norm_of(y, dim);
  const CodedRow row = {y, dim, book, to_unit_variance(norm, dim), codes};
  const __m256 scale = _mm256_set1_ps(row.scale);
  const size_t whole = dim / kStep * kStep;
  if (whole < dim) clear_codes(kBits, dim, codes);
  Lanes256 dot, squares;
  for (size_t i = 0; i < whole; i += kStep) {
    __m256i numbers[4];
    unroll<4>([&](auto part) OCTAVO_INLINE_LAMBDA {
      const __m256 z = _mm256_mul_ps(_mm256_loadu_ps(y + i + part * kRegister), scale);
      numbers[part] = encode_lanes<kBits>(z, part, book, dot, squares);
    });
    const __m256i bytes = to_bytes(numbers);
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      store_plane<width, shift>(codes + start + i * width / 8, bytes);
    });
  }
  CodeLanes sums;
  dot.store(sums.dot);
  squares.store(sums.squares);
  encode_from(whole, row, sums);
  return sums.total(norm);
}

template <int kBits>
void decode_bits(const uint8_t* codes, size_t dim, const Codebook& book, float* levels) {
  const size_t whole = dim / kStep * kStep;
  for (size_t i = 0; i < whole; i += kStep) {
    __m256i values = _mm256_setzero_si256();
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      const __m256i bits = load_plane<width>(codes + start + i * width / 8);
      values = _mm256_or_si256(values, _mm256_slli_epi16(bits, shift));
    });
    alignas(32) uint8_t numbers[kStep];
    _mm256_store_si256(reinterpret_cast<__m256i*>(numbers), values);
    unroll<4>([&](auto part) OCTAVO_INLINE_LAMBDA {
      const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(numbers + part * kRegister));
      _mm256_storeu_ps(levels + i + part * kRegister, look_up<1 << kBits>(book.levels, _mm256_cvtepu8_epi32(eight)));
    });
  }
  for (size_t i = whole; i < dim; ++i) levels[i] = book.levels[get_code(codes, i, dim, kBits)];
}

struct Widths256 {
  template <int kBits>
  static constexpr auto encode = encode_bits<kBits>;
  template <int kBits>
  static constexpr auto decode = decode_bits<kBits>;
};

}  // namespace

const CodesKernel kCodesAvx2 = {ByWidth<Widths256>::encode, ByWidth<Widths256>::decode};

}  // namespace octavo
