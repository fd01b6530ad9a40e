// Codes of rotated vectors: each coordinate as the number of its level in a Lloyd-Max codebook of 1 to 8 bits.
//
// Code          the number of boundaries below z (strictly): 0 is the most negative level.
// Planes        a vector's codes are planes one after another. A plane holds some bits of every code, as one stream of
//               bits, the lowest of a byte first, padded with zeros to whole bytes; the first plane has the lowest
//               bits. Widths: 1, 2, 4, 8 bits are one plane; 3 are 2 and 1, 5 are 4 and 1, 6 are 4 and 2, 7 are 4, 2
//               and 1. Rows of codes have a stride of their own, and kCodeSlackBytes can be read after the last one.
// encode        y is a vector whose squares neither overflow nor vanish, or 0. All in float32, multiplications and
//               additions apart. A sum over coordinates has 16 lanes, coordinate i in lane i mod 16, ascending, and
//               ends by lane[j] += lane[j + w] for w = 8, 4, 2, 1.
//                 norm = sqrt(sum of y^2)
//                 z = y * (sqrt(float(dim)) / norm), 0 where norm is 0
//                 dot = sum of |c z|, squares = sum of c^2, c the level of z's code
// decode        the level of each code
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/lloyd_max.h"

namespace octavo {

constexpr size_t kCodeSlackBytes = 64;

/// Widths of the planes, ascending from the lowest bits; 0 where there is no more.
struct PlaneBits {
  uint8_t plane[3];
};

constexpr PlaneBits plane_bits(size_t bits) {
  constexpr PlaneBits kPlanes[] = {{{1, 0, 0}}, {{2, 0, 0}}, {{2, 1, 0}}, {{4, 0, 0}},
                                   {{4, 1, 0}}, {{4, 2, 0}}, {{4, 2, 1}}, {{8, 0, 0}}};
  return kPlanes[bits - 1];
}

constexpr size_t plane_bytes(size_t plane_width, size_t dim) { return (plane_width * dim + 7) / 8; }

/// Bytes of one vector's planes. A dim that is a multiple of 8 takes bits * dim / 8.
constexpr size_t code_bytes(size_t bits, size_t dim) {
  size_t bytes = 0;
  for (const uint8_t width : plane_bits(bits).plane) bytes += plane_bytes(width, dim);
  return bytes;
}

/// Levels and boundaries of kLloydMaxLevels as the nearest float32; see ops/codebook.h.
struct Codebook {
  alignas(64) float levels[256];           // [2^bits], ascending
  alignas(64) float half_levels[128];      // the positive ones
  alignas(64) float half_boundaries[128];  // the positive ones, 2^(bits - 1) - 1 of them, then +Infinity
  // For a search in registers: with n = 2^(bits - 1) cells of positive values, entry i is the boundary above the first
  // (i + 1) n / 8 or (i + 1) n / 16 of them; with fewer cells, all boundaries, then +Infinity.
  alignas(64) float eighths[8], sixteenths[16];
  size_t bits;
};

struct CodeSums {
  float norm, dot, squares;
};

struct CodesKernel {
  /// y [dim] to code_bytes(bits, dim) bytes of planes.
  CodeSums (*encode)(const float* y, size_t dim, const Codebook& book, uint8_t* codes);
  /// Planes to levels [dim]; up to kCodeSlackBytes after the planes are read.
  void (*decode)(const uint8_t* codes, size_t dim, const Codebook& book, float* levels);
};

extern const CodesKernel kCodesScalar, kCodesAvx2, kCodesAvx512vnni, kCodesNeon;

}  // namespace octavo
