// Hadamard rounds on every kernel set against the scalar definition, and that against the matrix.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

std::vector<size_t> counts() {
  return sizes({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384},
               {1, 4, 8, 16, 64, 128, 512, 2048});
}

std::vector<uint32_t> random_signs(Generator& random, size_t count) {
  std::vector<uint32_t> signs(count);
  for (uint32_t& sign : signs) sign = random() % 2 == 0 ? 0 : 0x80000000u;
  return signs;
}

/// Three rows at one end of guarded memory.
struct Round {
  static constexpr size_t kRows = 3;
  std::vector<float> x, scales;
  std::vector<uint32_t> signs;
  size_t count, stride;

  Round(size_t values, bool scaled) : count(values), stride(values + values % 5) {
    Generator random(static_cast<uint32_t>(values));
    x = float_values(random, (kRows - 1) * stride + count, -4, 4);
    signs = random_signs(random, count);
    if (scaled) scales = {0.25f, 3, 0x1p-30f};
  }
  HadamardRound how() const { return {signs.data(), 0.37f, scales.empty() ? nullptr : scales.data()}; }

  template <typename Run>
  std::vector<float> apart(Run run, GuardedBuffer& memory, GuardedBuffer& target, Side side) const {
    float* y = target.place(std::vector<float>(x.size()), side);
    run({memory.place(x, side), stride, y, stride, kRows, count}, how());
    return {y, y + x.size()};
  }
  template <typename Run>
  std::vector<float> in_place(Run run, GuardedBuffer& memory, Side side) const {
    float* y = memory.place(x, side);
    run({y, stride, y, stride, kRows, count}, how());
    return {y, y + x.size()};
  }
};

void check_rows(const std::vector<float>& found, const std::vector<float>& expected, const Round& round) {
  for (size_t row = 0; row < Round::kRows; ++row)
    check_same(found.data() + row * round.stride, expected.data() + row * round.stride, round.count);
}

}  // namespace

TEST_CASE("the scalar round multiplies by the Hadamard matrix") {
  for (const size_t count : {1u, 2u, 8u, 32u}) {
    const Round round(count, true);
    std::vector<float> forward(round.x.size()), backward(round.x.size());
    kHadamardScalar.forward({round.x.data(), round.stride, forward.data(), round.stride, 3, count}, round.how());
    kHadamardScalar.backward({round.x.data(), round.stride, backward.data(), round.stride, 3, count}, round.how());
    for (size_t row = 0; row < 3; ++row)
      for (size_t i = 0; i < count; ++i) {
        double there = 0, back = 0;
        for (size_t j = 0; j < count; ++j) {
          const double entry = std::popcount(i & j) % 2 == 0 ? 1 : -1, x = round.x[row * round.stride + j];
          there += entry * x * round.scales[row] * (round.signs[j] != 0 ? -1 : 1);
          back += entry * x;
        }
        back *= round.scales[row] * (round.signs[i] != 0 ? -1 : 1);
        const size_t at = row * round.stride + i;
        CHECK(forward[at] == doctest::Approx(there * 0.37f).epsilon(1e-4));
        CHECK(backward[at] == doctest::Approx(back * 0.37f).epsilon(1e-4));
      }
  }
}

TEST_CASE("a round gives the scalar bits on every kernel set, in place and not, and stays within its rows") {
  GuardedBuffer memory(4 * 3 * 16500), target(4 * 3 * 16500);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t count : counts())
      for (const bool scaled : {false, true})
        for (const Side side : {Side::kStart, Side::kEnd}) {
          CAPTURE(set->name);
          CAPTURE(count);
          CAPTURE(scaled);
          const Round round(count, scaled);
          const HadamardKernel &kernel = *set->hadamard, &definition = kHadamardScalar;
          const std::vector<float> forward = round.apart(definition.forward, memory, target, side);
          const std::vector<float> backward = round.apart(definition.backward, memory, target, side);
          check_rows(round.apart(kernel.forward, memory, target, side), forward, round);
          check_rows(round.in_place(kernel.forward, memory, side), forward, round);
          check_rows(round.apart(kernel.backward, memory, target, side), backward, round);
          check_rows(round.in_place(kernel.backward, memory, side), backward, round);
        }
}
