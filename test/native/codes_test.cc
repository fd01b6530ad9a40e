// Codes on every kernel set against the scalar definition, and that against plain sums and searches.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/float_bits.h"
#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "ops/codebook.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

std::vector<size_t> dims() {
  std::vector<size_t> all;
  for (size_t dim = 8; dim <= (reduced_grid() ? 20u : 140u); ++dim) all.push_back(dim);
  for (const size_t dim : sizes({191, 192, 255, 256, 300, 1000, 1536}, {64, 65, 128, 300})) all.push_back(dim);
  return all;
}

/// Values around 0 with a variance of about 1, among them zeros of both signs and boundaries of the codebook.
std::vector<float> values_of(size_t dim, const Codebook& book, bool exact) {
  Generator random(static_cast<uint32_t>(dim * 8 + book.bits));
  std::normal_distribution<float> normal;
  std::vector<float> y(dim);
  for (float& value : y) {
    const uint32_t kind = random() % 16, cell = random() % 128;
    value = normal(random);
    if (kind == 0) value = 0.0f;
    if (kind == 1) value = -0.0f;
    if (exact && kind > 1 && kind < 8 && std::isfinite(book.half_boundaries[cell]))
      value = book.half_boundaries[cell] * (kind % 2 == 0 ? 1.0f : -1.0f);
  }
  return y;
}

/// Makes sqrt(dim) / norm 1, as far as float32 can: then z is y, and boundaries are met exactly.
void make_unit(std::vector<float>& y) {
  double rest = 0;
  for (size_t i = 1; i < y.size(); ++i) rest += static_cast<double>(y[i]) * y[i];
  const double wanted = static_cast<double>(y.size()) - rest;
  if (wanted > 0) y[0] = static_cast<float>(std::sqrt(wanted));
}

struct Coded {
  CodeSums sums;
  std::vector<uint8_t> codes;

  Coded(const CodesKernel& kernel, const float* y, size_t dim, const Codebook& book, uint8_t* target) {
    const size_t bytes = code_bytes(book.bits, dim);
    std::fill(target, target + bytes, uint8_t{0xAA});
    sums = kernel.encode(y, dim, book, target);
    codes.assign(target, target + bytes);
  }
};

}  // namespace

TEST_CASE("codebooks mirror, ascend and have boundaries in the middle") {
  for (size_t bits = 1; bits <= kMostCodeBits; ++bits) {
    const Codebook& book = codebook_of(bits);
    const size_t count = size_t{1} << bits;
    for (size_t i = 0; i < count; ++i) CHECK(book.levels[i] == -book.levels[count - 1 - i]);
    CHECK(std::is_sorted(book.levels, book.levels + count));
    for (size_t i = 0; i + 1 < count / 2; ++i)
      CHECK(book.half_boundaries[i] == doctest::Approx((book.half_levels[i] + book.half_levels[i + 1]) / 2));
    CHECK(std::isinf(book.half_boundaries[count / 2 - 1]));
  }
}

TEST_CASE("the scalar code is the number of boundaries below z, and its sums are those of the levels") {
  for (size_t bits = 1; bits <= kMostCodeBits; ++bits) {
    const Codebook& book = codebook_of(bits);
    const size_t half = size_t{1} << (bits - 1), dim = 96;
    std::vector<float> y = values_of(dim, book, true);
    make_unit(y);
    std::vector<uint8_t> codes(code_bytes(bits, dim) + kCodeSlackBytes);
    const CodeSums sums = kCodesScalar.encode(y.data(), dim, book, codes.data());
    std::vector<float> levels(dim);
    kCodesScalar.decode(codes.data(), dim, book, levels.data());
    const float scale = std::sqrt(static_cast<float>(dim)) / sums.norm;
    double norm = 0, dot = 0, squares = 0;
    for (size_t i = 0; i < dim; ++i) {
      const float z = y[i] * scale;
      size_t code = z > 0 ? 1 : 0;
      for (size_t b = 0; b + 1 < half; ++b) code += (book.half_boundaries[b] < z) + (-book.half_boundaries[b] < z);
      CHECK(levels[i] == book.levels[code]);
      norm += static_cast<double>(y[i]) * y[i];
      dot += static_cast<double>(z) * levels[i];
      squares += static_cast<double>(levels[i]) * levels[i];
    }
    CHECK(sums.norm == doctest::Approx(std::sqrt(norm)).epsilon(1e-6));
    CHECK(sums.dot == doctest::Approx(dot).epsilon(1e-6));
    CHECK(sums.squares == doctest::Approx(squares).epsilon(1e-6));
  }
}

TEST_CASE("codes, sums and levels are the scalar ones on every kernel set, and nothing beyond a row is touched") {
  GuardedBuffer memory(4 * 1600), code_memory(1600 + kCodeSlackBytes), level_memory(4 * 1600);
  for (const KernelSet* set : available_kernel_sets())
    for (size_t bits = 1; bits <= kMostCodeBits; ++bits)
      for (const size_t dim : dims())
        for (const Side side : {Side::kStart, Side::kEnd}) {
          CAPTURE(set->name);
          CAPTURE(bits);
          CAPTURE(dim);
          const Codebook& book = codebook_of(bits);
          std::vector<float> values = values_of(dim, book, dim % 2 == 0);
          if (dim % 2 == 0) make_unit(values);
          if (dim % 13 == 0) std::fill(values.begin(), values.end(), 0.0f);
          const float* y = memory.place(values, side);
          uint8_t* target = code_memory.place<uint8_t>(code_bytes(bits, dim), side);
          const Coded expected(kCodesScalar, y, dim, book, target), found(*set->codes, y, dim, book, target);
          REQUIRE(found.codes == expected.codes);
          CHECK(bits_of(found.sums.norm) == bits_of(expected.sums.norm));
          CHECK(bits_of(found.sums.dot) == bits_of(expected.sums.dot));
          CHECK(bits_of(found.sums.squares) == bits_of(expected.sums.squares));
          std::vector<uint8_t> slack(found.codes);
          slack.resize(slack.size() + kCodeSlackBytes, 0xFF);
          const uint8_t* codes = code_memory.place(slack, side);
          std::vector<float> levels(dim);
          kCodesScalar.decode(codes, dim, book, levels.data());
          float* decoded = level_memory.place<float>(dim, side);
          set->codes->decode(codes, dim, book, decoded);
          check_same(decoded, levels.data(), dim);
        }
}
