// Exact sums of every kernel set against the scalar definition, and that against sums known beforehand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

int width_of(const std::vector<float>& x) {
  float largest = 0;
  for (const float value : x) largest = std::max(largest, std::fabs(value));
  int exponent = 0;
  std::frexp(largest, &exponent);
  return largest == 0 ? 1 : exponent + 149;
}

/// Finite values of which some, or all, are far smaller than others.
std::vector<float> scaled_values(Generator& random, size_t count, int lowest, int highest) {
  std::uniform_int_distribution<int> exponent(lowest, highest);
  std::vector<float> x = float_values(random, count, -1, 1);
  for (float& value : x) value = random() % 5 == 0 ? 0.0f : std::ldexp(value, exponent(random));
  return x;
}

void check_sums(const ExactSums& actual, const ExactSums& expected) {
  check_same(actual.sum, expected.sum, ExactSums::kSumLimbs);
  check_same(actual.squares, expected.squares, ExactSums::kSquareLimbs);
}

ExactSums sums_of(const SumsKernel& kernel, const float* x, size_t count, int width) {
  ExactSums sums = {};
  kernel.add(x, count, width, &sums);
  return sums;
}

}  // namespace

TEST_CASE("the scalar kernel gives sums that are known, over all limbs") {
  const auto sum_of = [](const std::vector<float>& x) { return sums_of(kSumsScalar, x.data(), x.size(), 277); };
  const float tiny = std::numeric_limits<float>::denorm_min(), huge = std::numeric_limits<float>::max();
  const ExactSums left = sum_of({huge, 1, tiny, -huge, -1});
  CHECK(left.sum[0] == 1);  // 2^-149
  for (size_t i = 1; i < ExactSums::kSumLimbs; ++i) CHECK(left.sum[i] == 0);
  CHECK((left.squares[0] == 1 && left.squares[1] == 0));  // 2^-298
  CHECK((left.squares[4] & (uint64_t{2} << 42)) != 0);    // 1 + 1 in units of 2^-298
  const ExactSums below = sum_of({-tiny});                // a borrow through all limbs
  for (const uint64_t limb : below.sum) CHECK(limb == ~uint64_t{0});
  const ExactSums none = sum_of({-tiny, tiny, -huge, huge, -0.0f});
  for (const uint64_t limb : none.sum) CHECK(limb == 0);
  const ExactSums two = sum_of({std::ldexp(1.0f, 127), std::ldexp(1.0f, 127)});
  CHECK(two.sum[4] == uint64_t{1} << (128 + 149 - 256));
  CHECK(two.squares[8] == uint64_t{1} << (255 + 298 - 512));
}

TEST_CASE("exact sums on every kernel set are those of the scalar one") {
  GuardedBuffer memory(4 * 4200);
  constexpr int kRanges[][2] = {{-10, 10}, {-149, 127}, {-149, -120}, {0, 0}, {100, 127}, {-60, 0}, {-30, -10}};
  for (const KernelSet* set : available_kernel_sets())
    for (const auto& [lowest, highest] : kRanges)
      for (size_t count = 0; count <= 4100; count += count < 70 ? 1 : count < 1000 ? 477 : 511) {
        CAPTURE(set->name);
        CAPTURE(count);
        CAPTURE(lowest);
        Generator random(static_cast<uint32_t>(count + 1));
        const std::vector<float> values = scaled_values(random, count, lowest, highest);
        const ExactSums expected = sums_of(kSumsScalar, values.data(), count, 277);
        const float* x = memory.place(values, count % 2 ? Side::kStart : Side::kEnd);
        check_sums(sums_of(*set->sums, x, count, width_of(values)), expected);
        check_sums(sums_of(*set->sums, x, count, 277), expected);
      }
}

TEST_CASE("exact sums of values that are the largest of their width, or alone among larger ones") {
  for (const KernelSet* set : available_kernel_sets())
    for (int exponent = -149; exponent <= 127; ++exponent) {
      CAPTURE(set->name);
      CAPTURE(exponent);
      const float largest = std::ldexp(2 - std::ldexp(1.0f, -23), exponent);
      std::vector<float> x(1500, largest);  // below the smallest normal it is rounded to twice the power
      for (size_t i = 1000; i < 1100; ++i) x[i] = -x[i];
      x[40] = std::ldexp(1.0f, std::max(exponent - 19, -149));
      x[41] = std::nextafter(x[40], 0.0f);
      x[42] = std::ldexp(1.0f, std::max(exponent - 60, -149));
      if (std::isinf(largest)) continue;
      check_sums(sums_of(*set->sums, x.data(), x.size(), width_of(x)), sums_of(kSumsScalar, x.data(), x.size(), 277));
    }
}

TEST_CASE("exact sums continue those that are there") {
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    Generator random(7);
    const std::vector<float> x = scaled_values(random, 3000, -140, 100);
    ExactSums parts = {}, whole = {};
    for (size_t i = 0; i < x.size(); i += 500) set->sums->add(x.data() + i, 500, 277, &parts);
    set->sums->add(x.data(), x.size(), 277, &whole);
    check_sums(parts, whole);
  }
}
