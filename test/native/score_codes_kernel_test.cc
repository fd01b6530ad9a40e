// Scores of codes on every kernel set against the scalar definition, and that against sums over plain values.
#include <doctest/doctest.h>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "guarded_buffer.h"
#include "random_values.h"
#include "same_bits.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr int8_t kLevels[] = {-127, -96, -75, -58, -44, -31, -18, -6, 6, 18, 31, 44, 58, 75, 96, 127};

size_t row_bytes(size_t bits, size_t dim) { return first_plane_bytes(bits, dim) + (bits == 3 ? divide_up(dim, 8) : 0); }

/// Puts a value into the planes of a row.
void put(uint8_t* row, size_t bits, size_t dim, size_t j, unsigned value) {
  if (bits == 3) {
    row[j / 4] |= (value & 3) << j % 4 * 2;
    row[divide_up(dim, 4) + j / 8] |= (value >> 2) << j % 8;
  } else {
    row[j * bits / 8] |= value << j * bits % 8;
  }
}

/// Rows and queries of one shape: adversarial values at the ends, random ones elsewhere.
struct Case {
  size_t bits, dim, rows, queries, stride;
  std::vector<uint8_t> codes;
  std::vector<int8_t> values, arranged;  // queries as they are, and as kernels want them
  std::vector<std::vector<int32_t>> levels;
  std::vector<int32_t> sums;

  Case(size_t b, size_t d, size_t r, size_t q, Pattern pattern)
      : bits(b), dim(d), rows(r), queries(q), stride(row_bytes(b, d) + d % 5) {
    Generator random(static_cast<uint32_t>(b * 1000 + d));
    codes.assign(strided_length(rows, row_bytes(bits, dim), stride) + kScoreReadAhead, 0);
    for (size_t row = 0; row < rows; ++row) add_row(random, row, pattern);
    // What follows a row is not a zero.
    for (size_t i = codes.size() - kScoreReadAhead; i < codes.size(); ++i) codes[i] = 0xA5;
    arranged.assign(queries * arranged_query_bytes(bits, dim), 0);
    for (size_t query = 0; query < queries; ++query) add_query(random, query, pattern);
  }

  void add_row(Generator& random, size_t row, Pattern pattern) {
    const int32_t top = bits == 8 ? 127 : (1 << bits) - 1;
    const auto drawn = byte_values(random, dim, pattern, bits == 8 ? -127 : 0, top);
    levels.emplace_back();
    for (size_t j = 0; j < dim; ++j) {
      const int32_t value = bits == 8 ? drawn[j] : drawn[j] & top;
      put(codes.data() + row * stride, bits, dim, j, static_cast<uint8_t>(value));
      levels.back().push_back(bits == 8 ? value : kLevels[value]);
    }
  }

  void add_query(Generator& random, size_t query, Pattern pattern) {
    const auto drawn = byte_values(random, dim, pattern, -127, 127);
    int32_t sum = 0;
    for (size_t j = 0; j < dim; ++j) {
      values.push_back(static_cast<int8_t>(drawn[j]));
      arranged[query * arranged_query_bytes(bits, dim) + arranged_position(bits, j)] = values.back();
      sum += drawn[j];
    }
    sums.push_back(sum);
  }

  std::vector<int32_t> expected() const {
    std::vector<int32_t> all;
    for (size_t q = 0; q < queries; ++q)
      for (size_t r = 0; r < rows; ++r) {
        int32_t sum = 0;
        for (size_t j = 0; j < dim; ++j) sum += levels[r][j] * values[q * dim + j];
        all.push_back(sum);
      }
    return all;
  }

  std::vector<int32_t> run(const ScoreCodesKernel& kernel, GuardedBuffer& memory, GuardedBuffer& query_memory) const {
    const uint8_t* placed = memory.place(codes, Side::kEnd);
    const int8_t* queries_at = query_memory.place(arranged, Side::kEnd);
    std::vector<int32_t> out(queries * rows + 1, 77);
    const ScoreCodesBlock block = {placed,     stride,  rows,        dim,        bits == 8 ? nullptr : kLevels,
                                   queries_at, queries, sums.data(), out.data(), rows};
    (bits == 8 ? kernel.int8 : kernel.codes[bits - 1])(block);
    CHECK(out.back() == 77);
    out.pop_back();
    return out;
  }
};

}  // namespace

TEST_CASE("scores of codes are sums of products of levels on every kernel set") {
  GuardedBuffer memory(1 << 16), query_memory(1 << 18);
  for (const size_t bits : {1, 2, 3, 4, 8})
    for (const size_t dim :
         sizes({1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 200, 256, 300, 512, 513, 768, 1100},
               {1, 31, 64, 65, 129, 513}))
      for (const size_t rows : {0, 1, 4, 7})
        for (const size_t queries : {1, 2, 3, 7})
          for (const Pattern pattern : {Pattern::kRandom, Pattern::kHighest, Pattern::kAlternating}) {
            CAPTURE(bits);
            CAPTURE(dim);
            CAPTURE(rows);
            CAPTURE(queries);
            const Case one(bits, dim, rows, queries, pattern);
            const std::vector<int32_t> expected = one.expected();
            for (const KernelSet* set : tested_kernel_sets()) {
              CAPTURE(set->name);
              REQUIRE(one.run(*set->score_codes, memory, query_memory) == expected);
            }
          }
}

TEST_CASE("scores of float32 rows are the scalar chains on every kernel set") {
  GuardedBuffer memory(1 << 16);
  for (const size_t dim : sizes({1, 5, 15, 16, 17, 31, 32, 33, 100, 128, 200}, {1, 16, 33}))
    for (const size_t rows : {0, 1, 3, 4, 9})
      for (const size_t queries : {1, 3, 4, 6}) {
        CAPTURE(dim);
        CAPTURE(rows);
        CAPTURE(queries);
        Generator random(static_cast<uint32_t>(dim));
        const size_t stride = dim + dim % 3;
        const float* placed = memory.place(float_values(random, strided_length(rows, dim, stride)), Side::kEnd);
        AlignedBuffer prepared;
        const size_t length = queries * padded_query_length(dim);
        REQUIRE(prepared.allocate(length * sizeof(float)));
        const std::vector<float> drawn = float_values(random, length);
        for (size_t i = 0; i < length; ++i) prepared.as<float>()[i] = i % padded_query_length(dim) < dim ? drawn[i] : 0;
        std::vector<float> expected(queries * rows);
        kScoreF32Scalar.run({placed, stride, rows, dim, prepared.as<float>(), queries, expected.data(), rows});
        for (size_t i = 0; i < expected.size(); ++i) {
          double sum = 0;
          for (size_t j = 0; j < dim; ++j)
            sum += static_cast<double>(placed[i % rows * stride + j]) *
                   prepared.as<float>()[i / rows * padded_query_length(dim) + j];
          REQUIRE(expected[i] == doctest::Approx(sum).epsilon(1e-5).scale(16));
        }
        for (const KernelSet* set : tested_kernel_sets()) {
          CAPTURE(set->name);
          std::vector<float> out(expected.size());
          set->score_f32->run({placed, stride, rows, dim, prepared.as<float>(), queries, out.data(), rows});
          check_same(out.data(), expected.data(), out.size());
        }
      }
}
