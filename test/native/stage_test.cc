// Staging on every kernel set against the scalar definition, and that against plain formulas.
#include <doctest/doctest.h>

#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr size_t kLineBytes = 64;

/// Counts over the edges of vectors and lines, and of unrolled steps.
std::vector<size_t> row_lengths() {
  std::vector<size_t> lengths;
  for (size_t count = 0; count <= 140; ++count) lengths.push_back(count);
  for (const size_t count : {191u, 192u, 255u, 256u, 257u, 319u, 512u, 515u, 1000u, 4097u}) lengths.push_back(count);
  return lengths;
}

std::vector<uint8_t> random_bytes(size_t count) {
  Generator random(static_cast<uint32_t>(count));
  const std::vector<int32_t> values = int_values(random, count, 0, 255);
  return {values.begin(), values.end()};
}

/// Rows of bytes at one end of guarded memory, and room for what they become, whole lines at the same end.
class Rows {
 public:
  Rows(GuardedBuffer& memory, GuardedBuffer& target_memory, size_t count, Side side)
      : target_memory_(target_memory), side_(side) {
    const size_t stride = count + count % 3;
    const std::vector<uint8_t> bytes = random_bytes(strided_length(kRows, count, stride));
    source = {memory.place(bytes, side), stride, kRows, count};
  }

  std::vector<uint8_t> flipped(const StageKernel& stage, uint8_t flip) const {
    return filled<uint8_t>([&](uint8_t* target, size_t stride) { stage.flip(source, target, stride, flip); });
  }
  std::vector<int16_t> widened(const StageKernel& stage, bool is_signed) const {
    return filled<int16_t>([&](int16_t* target, size_t stride) { stage.widen(source, target, stride, is_signed); });
  }
  std::vector<int32_t> sums(const StageKernel& stage, uint8_t flip) const {
    std::vector<int32_t> result(kRows);
    stage.sum(source, flip, 0u - 128u * static_cast<uint32_t>(source.count), result.data());
    return result;
  }

  ByteRows source;

 private:
  static constexpr size_t kRows = 3;

  template <typename T, typename Run>
  std::vector<T> filled(const Run& run) const {
    const size_t row_bytes = round_up(source.count * sizeof(T), kLineBytes), stride = row_bytes + kLineBytes;
    const size_t count = strided_length(kRows, row_bytes, stride) / sizeof(T);
    T* target = target_memory_.place(std::vector<T>(count, 0x55), side_);
    run(target, stride);
    return {target, target + count};
  }

  GuardedBuffer& target_memory_;
  Side side_;
};

}  // namespace

TEST_CASE("the scalar definition of staging flips, widens, sums and ends lines with zeros") {
  alignas(kLineBytes) uint8_t flipped[kLineBytes];
  alignas(kLineBytes) int16_t widened[kLineBytes / 2];
  const uint8_t bytes[] = {0, 1, 127, 128, 255};
  const ByteRows row = {bytes, 5, 1, 5};
  kStageScalar.flip(row, flipped, kLineBytes, 0x80);
  kStageScalar.widen(row, widened, kLineBytes, true);
  const uint8_t expected_flipped[] = {128, 129, 255, 0, 127};
  const int16_t expected_widened[] = {0, 1, 127, -128, -1};
  for (size_t i = 0; i < kLineBytes; ++i) CHECK(flipped[i] == (i < 5 ? expected_flipped[i] : 0));
  for (size_t i = 0; i < kLineBytes / 2; ++i) CHECK(widened[i] == (i < 5 ? expected_widened[i] : 0));
  kStageScalar.widen(row, widened, kLineBytes, false);
  for (size_t i = 0; i < 5; ++i) CHECK(widened[i] == bytes[i]);
  int32_t sums[2];
  kStageScalar.sum(row, 0, 0, sums);
  kStageScalar.sum(row, 0x80, 0u - 640u, sums + 1);
  CHECK(sums[0] == 511);
  CHECK(sums[1] == -1);
  const int32_t values[] = {3, -4, 1 << 30};
  int32_t terms[3];
  kStageScalar.multiply(values, 3, -128, terms);
  CHECK(terms[0] == -384);
  CHECK(terms[1] == 512);
  CHECK(terms[2] == 0);  // modulo 2^32
}

TEST_CASE("staged rows are the scalar ones on every kernel set, and nothing beyond a row is read or written") {
  GuardedBuffer memory(16384), target_memory(32768);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t count : row_lengths())
      for (const Side side : {Side::kStart, Side::kEnd}) {
        CAPTURE(set->name);
        CAPTURE(count);
        const Rows rows(memory, target_memory, count, side);
        for (const uint8_t flip : {0, 0x80}) {
          REQUIRE(rows.flipped(*set->stage, flip) == rows.flipped(kStageScalar, flip));
          REQUIRE(rows.sums(*set->stage, flip) == rows.sums(kStageScalar, flip));
        }
        for (const bool is_signed : {false, true})
          REQUIRE(rows.widened(*set->stage, is_signed) == rows.widened(kStageScalar, is_signed));
      }
}

TEST_CASE("multiples of column sums are the scalar ones on every kernel set") {
  GuardedBuffer memory(4096), target_memory(4096);
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 70; ++count) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      const Side side = count % 2 ? Side::kStart : Side::kEnd;
      const int32_t* values = memory.place(int_values(random, count, INT32_MIN, INT32_MAX), side);
      int32_t* terms = target_memory.place<int32_t>(count, side);
      std::vector<int32_t> expected(count);
      set->stage->multiply(values, count, -77, terms);
      kStageScalar.multiply(values, count, -77, expected.data());
      check_same(terms, expected.data(), count);
    }
}
