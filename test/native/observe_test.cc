// Ranges and histograms of every kernel set against plain loops.
#include <doctest/doctest.h>

#include <algorithm>

#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "ops/observe.h"
#include "random_values.h"
#include "same_bits.h"
#include "test_options.h"

using namespace octavo;
using namespace octavo_test;

namespace {

struct PlainRange {
  float min = INFINITY, max = -INFINITY;
  uint64_t nan_count = 0, infinity_count = 0;

  void add(float x) {
    if (std::isnan(x)) return static_cast<void>(++nan_count);
    if (std::isinf(x)) return static_cast<void>(++infinity_count);
    min = std::min(min, x + 0.0f);
    max = std::max(max, x + 0.0f);
  }
};

}  // namespace

TEST_CASE("ranges of finite values, and counts of the others, on every kernel set") {
  GuardedBuffer memory(8192);
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 300; count += count < 70 ? 1 : 23) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      const std::vector<float> values = special_floats(random, count);
      PlainRange expected;
      for (const float x : values) expected.add(x);
      float range[2];
      NonFinite counts;
      const float* x = memory.place(values, count % 2 ? Side::kStart : Side::kEnd);
      REQUIRE(observe_ranges(*set, {x, count, 1, 1}, range, &counts).ok());
      CHECK(same_bits(range[0], expected.min));
      CHECK(same_bits(range[1], expected.max));
      CHECK(counts.nan_count == expected.nan_count);
      CHECK(counts.infinity_count == expected.infinity_count);
    }
}

TEST_CASE("a single value that is not finite is found wherever it lies, and leaves no trace in the range") {
  constexpr size_t kCount = 9005;
  constexpr float kOthers[] = {NAN, INFINITY, -INFINITY};
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    Generator random(9);
    for (size_t at = 0; at < kCount; at += full_or(31, 217))
      for (size_t channels : {1, 5}) {
        std::vector<float> x = float_values(random, kCount, 1, 2);
        x[at] = kOthers[at % 3];
        x[(at + 1) % kCount] = -0.0f, x[(at + 2) % kCount] = 3;
        std::vector<float> range(2 * channels);
        NonFinite counts;
        REQUIRE(observe_ranges(*set, {x.data(), kCount, channels, 1}, range.data(), &counts).ok());
        CHECK(same_bits(range[2 * ((at + 1) % kCount % channels)], 0.0f));
        CHECK(*std::max_element(range.begin(), range.end()) == 3);
        CHECK(*std::min_element(range.begin(), range.end()) == 0);
        CHECK(counts.nan_count == (at % 3 == 0 ? 1 : 0));
        CHECK(counts.infinity_count == (at % 3 == 0 ? 0 : 1));
      }
  }
}

TEST_CASE("ranges per channel along any axis") {
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t channels : {2u, 7u, 8u, 16u, 33u, 530u})
      for (const size_t inner : {1u, 3u, 20u}) {
        CAPTURE(set->name);
        CAPTURE(channels);
        CAPTURE(inner);
        Generator random(static_cast<uint32_t>(channels * inner));
        const std::vector<float> x = special_floats(random, 13 * channels * inner);
        std::vector<PlainRange> expected(channels);
        for (size_t i = 0; i < x.size(); ++i) expected[i / inner % channels].add(x[i]);
        std::vector<float> range(2 * channels);
        NonFinite counts;
        REQUIRE(observe_ranges(*set, {x.data(), x.size(), channels, inner}, range.data(), &counts).ok());
        uint64_t nan_count = 0, infinity_count = 0;
        for (size_t c = 0; c < channels; ++c) {
          CHECK(same_bits(range[2 * c], expected[c].min));
          CHECK(same_bits(range[2 * c + 1], expected[c].max));
          nan_count += expected[c].nan_count;
          infinity_count += expected[c].infinity_count;
        }
        CHECK(counts.nan_count == nan_count);
        CHECK(counts.infinity_count == infinity_count);
      }
}

TEST_CASE("histograms count by magnitude, half open, on every kernel set") {
  constexpr size_t kBins = 64;
  constexpr float kLimit = 256;
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 200; count += 7) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      std::vector<float> x = special_floats(random, count);
      for (size_t i = 0; i < count; i += 5) x[i] = std::ldexp(static_cast<float>(i % 3) - 1, static_cast<int>(i % 12));
      std::vector<uint64_t> counts(kBins), expected(kBins);
      uint64_t beyond = 0, nan_count = 0, expected_beyond = 0, expected_nan = 0;
      REQUIRE(observe_histogram(*set, x.data(), count, {counts.data(), kBins, kLimit}, &beyond, &nan_count).ok());
      for (const float value : x) {
        const double bin = std::floor(std::fabs(static_cast<double>(value)) * kBins / (2 * kLimit));
        if (std::isnan(value))
          ++expected_nan;
        else if (bin >= kBins / 2)
          ++expected_beyond;
        else
          ++expected[value < 0 ? kBins / 2 - 1 - static_cast<size_t>(bin) : kBins / 2 + static_cast<size_t>(bin)];
      }
      check_same(counts.data(), expected.data(), kBins);
      CHECK(beyond == expected_beyond);
      CHECK(nan_count == expected_nan);
    }
}

TEST_CASE("long data, of which many share a bin, is counted as by the scalar definition on every kernel set") {
  for (const KernelSet* set : available_kernel_sets())
    for (const uint32_t half_bins : {1u, 32u, 1024u, 2048u, 4096u})
      for (const size_t count : {8191u, 8192u, 20011u}) {
        CAPTURE(set->name);
        CAPTURE(half_bins);
        CAPTURE(count);
        Generator random(half_bins);
        std::vector<float> x = float_values(random, count, -1.1f, 1.1f);
        for (float& value : x)
          if (random() % 2) value = 0;
        x[count / 2] = NAN, x[count - 1] = INFINITY;
        std::vector<uint64_t> counts(2 * half_bins, 5), expected(2 * half_bins, 5);
        Histogram found = {static_cast<float>(half_bins), half_bins, counts.data(), 3, 4};
        Histogram scalar = {static_cast<float>(half_bins), half_bins, expected.data(), 3, 4};
        set->histogram->add(x.data(), count, &found);
        kHistogramScalar.add(x.data(), count, &scalar);
        check_same(counts.data(), expected.data(), counts.size());
        CHECK(found.beyond_limit == scalar.beyond_limit);
        CHECK(found.nan_count == scalar.nan_count);
      }
}

TEST_CASE("more values in a bin than a small counter holds are all counted, on every kernel set") {
  const std::vector<float> x(300'000, 0.5f);
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    std::vector<uint64_t> counts(4096);
    Histogram histogram = {2048, 2048, counts.data(), 0, 0};
    set->histogram->add(x.data(), x.size(), &histogram);
    CHECK(counts[2048 + 1024] == x.size());
  }
}

TEST_CASE("bins and limits that are no powers of two are refused") {
  const KernelSet& set = *available_kernel_sets().front();
  std::vector<uint64_t> counts(64);
  uint64_t beyond = 0, nan_count = 0;
  const float x = 1;
  const auto status = [&](size_t bins, float limit) {
    return observe_histogram(set, &x, 1, {counts.data(), bins, limit}, &beyond, &nan_count).code;
  };
  CHECK(status(64, 2) == Code::kOk);
  for (const size_t bins : {size_t{0}, size_t{1}, size_t{3}, size_t{1} << 21}) CHECK(status(bins, 2) == Code::kRange);
  for (const float limit : {0.0f, 3.0f, -2.0f, 1e-38f, INFINITY, NAN}) CHECK(status(64, limit) == Code::kRange);
}
