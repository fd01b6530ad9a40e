// The definition of codes, one coordinate at a time; vector kernels finish their tails with it.
#pragma once

#include <cmath>

#include "core/unroll.h"
#include "kernels/codes/codes.h"

namespace octavo {
namespace {

constexpr size_t kSumLanes = 16;

/// A sum over coordinates in the order of codes.h.
struct LaneSum {
  alignas(64) float lanes[kSumLanes] = {};

  float total() {
    for (size_t w = kSumLanes / 2; w > 0; w /= 2)
      for (size_t j = 0; j < w; ++j) lanes[j] += lanes[j + w];
    return lanes[0];
  }
};

/// Coordinates from `from` on, a multiple of the lanes.
inline void add_squares(const float* y, size_t from, size_t dim, LaneSum& sum) {
  for (size_t i = from; i < dim; ++i) sum.lanes[i % kSumLanes] += y[i] * y[i];
}

/// What y is multiplied by.
inline float to_unit_variance(float norm, size_t dim) {
  return norm > 0 ? std::sqrt(static_cast<float>(dim)) / norm : 0.0f;
}

/// The number of boundaries below z.
inline uint32_t code_of(float z, const Codebook& book) {
  const uint32_t half = 1u << (book.bits - 1);
  uint32_t m = 0;  // positive boundaries between 0 and z: below z, or not above -z
  if (z > 0) {
    while (m + 1 < half && book.half_boundaries[m] < z) ++m;
    return half + m;
  }
  while (m + 1 < half && book.half_boundaries[m] <= -z) ++m;
  return half - 1 - m;
}

/// Puts a code into the planes, whose bits are 0.
inline void put_code(uint8_t* codes, size_t i, size_t dim, uint32_t code, size_t bits) {
  for (const uint8_t width : plane_bits(bits).plane) {
    const size_t at = i * width;
    if (width > 0) codes[at / 8] |= static_cast<uint8_t>((code & ((1u << width) - 1)) << at % 8);
    codes += plane_bytes(width, dim);
    code >>= width;
  }
}

inline uint32_t get_code(const uint8_t* codes, size_t i, size_t dim, size_t bits) {
  uint32_t code = 0, shift = 0;
  for (const uint8_t width : plane_bits(bits).plane) {
    const size_t at = i * width;
    if (width > 0) code |= (codes[at / 8] >> at % 8 & ((1u << width) - 1)) << shift;
    codes += plane_bytes(width, dim);
    shift += width;
  }
  return code;
}

struct CodeLanes {
  LaneSum dot, squares;

  CodeSums total(float norm) { return {norm, dot.total(), squares.total()}; }
};

/// A vector on its way to its codes.
struct CodedRow {
  const float* y;
  size_t dim;
  const Codebook& book;
  float scale;  // y times it is z
  uint8_t* codes;
};

/// Encodes coordinates from `from` on, a multiple of the lanes; their bits in the planes are 0.
inline void encode_from(size_t from, const CodedRow& row, CodeLanes& sums) {
  for (size_t i = from; i < row.dim; ++i) {
    const float z = row.y[i] * row.scale;
    const uint32_t code = code_of(z, row.book);
    const float level = row.book.levels[code], product = level * z;
    sums.dot.lanes[i % kSumLanes] += product < 0 ? -product : product;
    sums.squares.lanes[i % kSumLanes] += level * level;
    put_code(row.codes, i, row.dim, code, row.book.bits);
  }
}

inline void clear_codes(size_t bits, size_t dim, uint8_t* codes) {
  const size_t bytes = code_bytes(bits, dim);
  for (size_t i = 0; i < bytes; ++i) codes[i] = 0;
}

/// A kernel from functions for each width, W::encode<bits> and W::decode<bits>.
template <typename W>
struct ByWidth {
  static CodeSums encode(const float* y, size_t dim, const Codebook& book, uint8_t* codes) {
    CodeSums sums = {};
    unroll<kMostCodeBits>([&](auto below) OCTAVO_INLINE_LAMBDA {
      if (book.bits == below + 1) sums = W::template encode<below + 1>(y, dim, book, codes);
    });
    return sums;
  }
  static void decode(const uint8_t* codes, size_t dim, const Codebook& book, float* levels) {
    unroll<kMostCodeBits>([&](auto below) OCTAVO_INLINE_LAMBDA {
      if (book.bits == below + 1) W::template decode<below + 1>(codes, dim, book, levels);
    });
  }
};

/// run(plane's start, its width, its shift), width and shift as compile-time constants, for the planes of kBits bits.
template <int kBits, typename Run>
OCTAVO_INLINE void for_planes(size_t dim, Run&& run) {
  constexpr PlaneBits kPlanes = plane_bits(kBits);
  size_t start = 0;
  unroll<3>([&](auto p) OCTAVO_INLINE_LAMBDA {
    constexpr int width = kPlanes.plane[p], shift = (p > 0 ? kPlanes.plane[0] : 0) + (p > 1 ? kPlanes.plane[1] : 0);
    if constexpr (width > 0) {
      run(start, std::integral_constant<int, width>{}, std::integral_constant<int, shift>{});
      start += plane_bytes(width, dim);
    }
  });
}

}  // namespace
}  // namespace octavo
