#include "ops/codebook.h"

#include <array>
#include <limits>

namespace octavo {
namespace {

void fill_codebook(size_t bits, Codebook& book) {
  const size_t half = size_t{1} << (bits - 1);
  const double* levels = lloyd_max_half(bits);
  book = {};
  book.bits = bits;
  for (float& boundary : book.half_boundaries) boundary = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < half; ++i) {
    const auto level = static_cast<float>(levels[i]);
    book.half_levels[i] = level;
    book.levels[half + i] = level;
    book.levels[half - 1 - i] = -level;
    if (i + 1 < half) book.half_boundaries[i] = static_cast<float>((levels[i] + levels[i + 1]) / 2);
  }
}

using Codebooks = std::array<Codebook, kMostCodeBits>;

}  // namespace

const Codebook& codebook_of(size_t bits) {
  static const Codebooks books = [] {
    Codebooks made;
    for (size_t b = 1; b <= kMostCodeBits; ++b) fill_codebook(b, made[b - 1]);
    return made;
  }();
  return books[bits - 1];
}

}  // namespace octavo
