#include "ops/codebook.h"

#include <algorithm>
#include <array>
#include <limits>

namespace octavo {
namespace {

/// Every boundary that is the start of one of `parts` equal parts of the cells.
void fill_coarse(const Codebook& book, float* boundaries, size_t parts) {
  const size_t half = size_t{1} << (book.bits - 1), step = half > parts ? half / parts : 1;
  for (size_t i = 0; i < parts; ++i) boundaries[i] = book.half_boundaries[std::min<size_t>((i + 1) * step - 1, 127)];
}

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
  fill_coarse(book, book.eighths, 8);
  fill_coarse(book, book.sixteenths, 16);
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
