// Encoding and decoding with AVX-512: 64 coordinates a step.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/codes/codes_scalar.h"

namespace octavo {
namespace {

constexpr size_t kStep = 64, kRegister = 16;

inline __mmask16 first_lanes(size_t count) {
  return static_cast<__mmask16>(count >= kRegister ? 0xFFFFu : (1u << count) - 1);
}
inline __mmask64 first_bytes(size_t count) { return count >= 64 ? ~__mmask64{0} : (__mmask64{1} << count) - 1; }

inline float total_of(__m512 lanes) {
  LaneSum sum;
  _mm512_store_ps(sum.lanes, lanes);
  return sum.total();
}

inline float norm_of(const float* y, size_t dim) {
  __m512 squares = _mm512_setzero_ps();
  size_t i = 0;
  for (; i + kRegister <= dim; i += kRegister) {
    const __m512 v = _mm512_loadu_ps(y + i);
    squares = _mm512_add_ps(squares, _mm512_mul_ps(v, v));
  }
  if (i < dim) {
    const __m512 v = _mm512_maskz_loadu_ps(first_lanes(dim - i), y + i);
    squares = _mm512_add_ps(squares, _mm512_mul_ps(v, v));
  }
  return std::sqrt(total_of(squares));
}

/// Cells, counted from 0, of positive values by the bits of their magnitudes: a binary search, whose first steps look
/// into a register.
template <int kBits>
struct CellSearch {
  static constexpr int kCells = 1 << (kBits - 1), kFine = kCells > 16 ? kCells / 16 : 1;
  __m512i coarse;
  const float* boundaries;

  explicit CellSearch(const Codebook& book)
      : coarse(_mm512_load_si512(book.sixteenths)), boundaries(book.half_boundaries) {}
  OCTAVO_INLINE __m512i operator()(__m512i magnitude) const {
    __m512i cell = _mm512_setzero_si512();
    unroll<4>([&](auto s) OCTAVO_INLINE_LAMBDA {
      constexpr int step = (kCells < 16 ? kCells : 16) >> (s + 1);
      if constexpr (step > 0) {
        const __m512i at = _mm512_add_epi32(cell, _mm512_set1_epi32(step - 1));
        const __m512i boundary = _mm512_permutexvar_epi32(at, coarse);
        const __mmask16 above = _mm512_cmplt_epi32_mask(boundary, magnitude);
        cell = _mm512_mask_add_epi32(cell, above, cell, _mm512_set1_epi32(step));
      }
    });
    if constexpr (kFine > 1) cell = _mm512_mullo_epi32(cell, _mm512_set1_epi32(kFine));
    unroll<3>([&](auto s) OCTAVO_INLINE_LAMBDA {
      constexpr int step = kFine >> (s + 1);
      if constexpr (step > 0) {
        const __m512i at = _mm512_add_epi32(cell, _mm512_set1_epi32(step - 1));
        const __m512i boundary = _mm512_i32gather_epi32(at, boundaries, 4);
        const __mmask16 above = _mm512_cmplt_epi32_mask(boundary, magnitude);
        cell = _mm512_mask_add_epi32(cell, above, cell, _mm512_set1_epi32(step));
      }
    });
    return cell;
  }
};

/// Entries of a table of kEntries values by their numbers.
template <int kEntries>
OCTAVO_INLINE __m512 look_up(const float* table, __m512i numbers) {
  if constexpr (kEntries <= 16) return _mm512_permutexvar_ps(numbers, _mm512_load_ps(table));
  if constexpr (kEntries == 32)
    return _mm512_permutex2var_ps(_mm512_load_ps(table), numbers, _mm512_load_ps(table + 16));
  return _mm512_i32gather_ps(numbers, table, 4);
}

struct Sums512 {
  __m512 dot = _mm512_setzero_ps(), squares = _mm512_setzero_ps();

  OCTAVO_INLINE void add(__mmask16 lanes, __m512 level, __m512 magnitude) {
    dot = _mm512_mask_add_ps(dot, lanes, dot, _mm512_mul_ps(level, magnitude));
    squares = _mm512_mask_add_ps(squares, lanes, squares, _mm512_mul_ps(level, level));
  }
};

/// Codes of 16 coordinates, 0 in lanes beyond `lanes`. A value at a boundary belongs to the cell below it: the cell
/// nearer to 0 if it is positive, the next one if it is negative, as its magnitude's bits plus 1 find.
template <int kBits>
OCTAVO_INLINE __m128i encode_lanes(__m512 z, __mmask16 lanes, const CellSearch<kBits>& search, const Codebook& book,
                                   Sums512& sums) {
  const __m512i magnitude = _mm512_and_si512(_mm512_castps_si512(z), _mm512_set1_epi32(0x7FFFFFFF));
  const __mmask16 positive = _mm512_cmpgt_epi32_mask(_mm512_castps_si512(z), _mm512_setzero_si512());
  const __m512i next = _mm512_add_epi32(magnitude, _mm512_set1_epi32(1));
  const __m512i cell = search(_mm512_mask_mov_epi32(next, positive, magnitude));
  sums.add(lanes, look_up<1 << (kBits - 1)>(book.half_levels, cell), _mm512_castsi512_ps(magnitude));
  constexpr int kHalf = 1 << (kBits - 1);
  const __m512i side = _mm512_mask_mov_epi32(_mm512_set1_epi32(kHalf - 1), positive, _mm512_set1_epi32(kHalf));
  return _mm512_maskz_cvtepi32_epi8(lanes, _mm512_xor_si512(cell, side));
}

/// Bits `shift` to `shift + width - 1` of 64 codes to their plane, `bytes` of them.
template <int kWidth>
OCTAVO_INLINE void store_plane(uint8_t* plane, size_t bytes, __m512i codes, int shift) {
  const __mmask64 used = first_bytes(bytes);
  if constexpr (kWidth == 8) {
    _mm512_mask_storeu_epi8(plane, used, codes);
  } else if constexpr (kWidth == 1) {
    const __mmask64 bits = _mm512_test_epi8_mask(codes, _mm512_set1_epi8(static_cast<char>(1 << shift)));
    _mm_mask_storeu_epi8(plane, static_cast<__mmask16>(used), _mm_cvtsi64_si128(static_cast<int64_t>(bits)));
  } else {
    const __m512i low =
        _mm512_and_si512(_mm512_srl_epi16(codes, _mm_cvtsi32_si128(shift)), _mm512_set1_epi8(kWidth == 4 ? 15 : 3));
    const __m512i pairs = _mm512_maddubs_epi16(low, _mm512_set1_epi16(kWidth == 4 ? 0x1001 : 0x0401));
    if constexpr (kWidth == 4) {
      _mm256_mask_storeu_epi8(plane, static_cast<__mmask32>(used), _mm512_cvtepi16_epi8(pairs));
    } else {
      const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00100001));
      _mm_mask_storeu_epi8(plane, static_cast<__mmask16>(used), _mm512_cvtepi32_epi8(fours));
    }
  }
}

template <int kBits>
CodeSums encode_bits(const float* y, size_t dim, const Codebook& book, uint8_t* codes) {
  const float norm = norm_of(y, dim);
  const __m512 scale = _mm512_set1_ps(to_unit_variance(norm, dim));
  const CellSearch<kBits> search(book);
  Sums512 sums;
  for (size_t i = 0; i < dim; i += kStep) {
    const size_t count = dim - i < kStep ? dim - i : kStep;
    __m128i quarter[4];
    unroll<4>([&](auto q) OCTAVO_INLINE_LAMBDA {
      const size_t from = q * kRegister;
      const __mmask16 lanes = first_lanes(count > from ? count - from : 0);
      const __m512 z = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, y + i + from), scale);
      quarter[q] = encode_lanes<kBits>(z, lanes, search, book, sums);
    });
    const __m256i low = _mm256_set_m128i(quarter[1], quarter[0]), high = _mm256_set_m128i(quarter[3], quarter[2]);
    const __m512i values = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      store_plane<width>(codes + start + i * width / 8, plane_bytes(width, count), values, shift);
    });
  }
  return {norm, total_of(sums.dot), total_of(sums.squares)};
}

/// 64 codes' bits from their plane, each in a byte.
template <int kWidth>
OCTAVO_INLINE __m512i load_plane(const uint8_t* plane) {
  if constexpr (kWidth == 8) return _mm512_loadu_si512(plane);
  if constexpr (kWidth == 4) {
    const __m512i pairs = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(plane)));
    return _mm512_and_si512(_mm512_or_si512(pairs, _mm512_slli_epi16(pairs, 4)), _mm512_set1_epi8(15));
  }
  if constexpr (kWidth == 2) {
    const __m512i fours = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(plane)));
    const __m512i pairs = _mm512_or_si512(fours, _mm512_slli_epi32(fours, 12));
    return _mm512_and_si512(_mm512_or_si512(pairs, _mm512_slli_epi32(pairs, 6)), _mm512_set1_epi8(3));
  }
  __mmask64 bits;
  std::memcpy(&bits, plane, sizeof bits);
  return _mm512_maskz_set1_epi8(bits, 1);
}

template <int kBits>
void decode_bits(const uint8_t* codes, size_t dim, const Codebook& book, float* levels) {
  for (size_t i = 0; i < dim; i += kStep) {
    __m512i values = _mm512_setzero_si512();
    for_planes<kBits>(dim, [&](size_t start, auto width, auto shift) OCTAVO_INLINE_LAMBDA {
      const __m512i bits = load_plane<width>(codes + start + i * width / 8);
      values = _mm512_or_si512(values, _mm512_slli_epi16(bits, shift));
    });
    alignas(64) uint8_t numbers[kStep];
    _mm512_store_si512(numbers, values);
    for (size_t at = i; at < dim && at < i + kStep; at += kRegister) {
      const __m128i part = _mm_load_si128(reinterpret_cast<const __m128i*>(numbers + (at - i)));
      const __m512 found = look_up<1 << kBits>(book.levels, _mm512_cvtepu8_epi32(part));
      _mm512_mask_storeu_ps(levels + at, first_lanes(dim - at), found);
    }
  }
}

struct Widths512 {
  template <int kBits>
  static constexpr auto encode = encode_bits<kBits>;
  template <int kBits>
  static constexpr auto decode = decode_bits<kBits>;
};

}  // namespace

const CodesKernel kCodesAvx512vnni = {ByWidth<Widths512>::encode, ByWidth<Widths512>::decode};

}  // namespace octavo
