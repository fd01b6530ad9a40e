// Ranges and histograms found by the GPU are those of the CPU's definitions.
#include "cuda/observe.h"

#include <cfloat>
#include <vector>

#include "gpu.h"
#include "kernels/histogram/histogram.h"
#include "random_values.h"
#include "same_bits.h"

namespace {

using namespace octavo;
using namespace octavo_test;

struct Ranges {
  std::vector<float> bounds;
  uint64_t nan_count = 0, infinity_count = 0;
};

Ranges expected_ranges(const float* x, size_t count, size_t channels, size_t inner) {
  std::vector<float> min(channels, HUGE_VALF), max(channels, -HUGE_VALF);
  MinMax total = {};
  for (size_t i = 0; i < count; ++i) {
    const size_t c = i / inner % channels;
    kMinMaxScalar.columns(x + i, 1, {&min[c], &max[c], 1}, &total);
  }
  Ranges ranges{std::vector<float>(2 * channels), total.nan_count, total.infinity_count};
  for (size_t c = 0; c < channels; ++c) ranges.bounds[2 * c] = min[c], ranges.bounds[2 * c + 1] = max[c];
  return ranges;
}

Ranges computed_ranges(const std::vector<float>& x, size_t start, size_t channels, size_t inner) {
  const OnDevice<float> values(x);
  OnDevice<std::byte> results(std::vector<std::byte>(cuda::DeviceRanges::bytes_for(channels), std::byte{0x5A}));
  require_ok(
      cuda::DeviceRanges::start(*gpu(), {values.data() + start, x.size() - start, channels, inner}, results.memory()));
  Ranges ranges{std::vector<float>(2 * channels)};
  const MinMax counts = cuda::DeviceRanges::read(results.values().data(), channels, ranges.bounds.data());
  ranges.nan_count = counts.nan_count;
  ranges.infinity_count = counts.infinity_count;
  return ranges;
}

void check_ranges(const std::vector<float>& x, size_t channels, size_t inner, size_t start = 0) {
  INFO((x.size() - start), " values, ", channels, " channels, inner ", inner, ", start ", start);
  const Ranges want = expected_ranges(x.data() + start, x.size() - start, channels, inner),
               got = computed_ranges(x, start, channels, inner);
  check_same(got.bounds.data(), want.bounds.data(), want.bounds.size());
  CHECK(got.nan_count == want.nan_count);
  CHECK(got.infinity_count == want.infinity_count);
}

/// The counts, and then what was beyond the limit and what was NaN.
std::vector<uint64_t> expected_histogram(const float* x, size_t count, size_t bins, float limit) {
  std::vector<uint64_t> counts(bins + 2);
  const auto half = static_cast<uint32_t>(bins / 2);
  Histogram h = {static_cast<float>(half) / limit, half, counts.data(), 0, 0};
  kHistogramScalar.add(x, count, &h);
  counts[bins] = h.beyond_limit;
  counts[bins + 1] = h.nan_count;
  return counts;
}

std::vector<uint64_t> computed_histogram(const std::vector<float>& x, size_t start, size_t bins, float limit) {
  const OnDevice<float> values(x);
  OnDevice<uint64_t> results(std::vector<uint64_t>(bins + 2, 99));
  require_ok(
      cuda::DeviceHistogram::start(*gpu(), {values.data() + start, x.size() - start}, bins, limit, results.memory()));
  std::vector<uint64_t> words = results.values(), counts(words.begin() + 2, words.end());
  counts.insert(counts.end(), words.begin(), words.begin() + 2);
  return counts;
}

void check_histogram(const std::vector<float>& x, size_t bins, float limit, size_t start = 0) {
  INFO((x.size() - start), " values, ", bins, " bins, limit ", limit, ", start ", start);
  const auto want = expected_histogram(x.data() + start, x.size() - start, bins, limit);
  check_same(computed_histogram(x, start, bins, limit).data(), want.data(), want.size());
}

/// Half of them zeros, as after a ReLU.
std::vector<float> activations(Generator& random, size_t count) {
  std::vector<float> x = float_values(random, count, -3, 3);
  for (float& value : x) value = value > 0 ? value : 0;
  return x;
}

}  // namespace

TEST_CASE("ranges of arrays of any length, from any start") {
  Generator random(1);
  for (const size_t count : {1u, 2u, 5u, 1000u, 4096u, 20003u}) check_ranges(special_floats(random, count), 1, count);
  for (const size_t start : {1u, 2u, 3u}) check_ranges(special_floats(random, 999), 1, 999 - start, start);
  check_ranges(float_values(random, 300000), 1, 300000);  // more than the blocks take at once
}

TEST_CASE("ranges of zeros, of what is not finite, of the ends of the format, and of no values") {
  check_ranges(std::vector<float>(9, -0.0f), 1, 9);
  check_ranges({0.0f, -0.0f, NAN}, 1, 3);
  check_ranges(std::vector<float>(7, NAN), 1, 7);
  check_ranges({HUGE_VALF, -HUGE_VALF, NAN}, 1, 3);
  check_ranges({FLT_MAX, -FLT_MAX, HUGE_VALF}, 1, 3);
  check_ranges({FLT_TRUE_MIN, -0.0f}, 1, 2);
  check_ranges({-FLT_TRUE_MIN, 0.0f}, 1, 2);
  check_ranges({-3.0f, -2.0f}, 1, 2);
  check_ranges({}, 1, 1);
  check_ranges({}, 3, 2);
}

TEST_CASE("ranges of channels with runs of any length") {
  Generator random(2);
  for (const size_t inner : {1u, 2u, 7u, 16u, 1024u, 1027u, 5001u})
    for (const size_t channels : {2u, 3u, 8u}) {
      check_ranges(special_floats(random, 3 * channels * inner), channels, inner);
      check_ranges(float_values(random, 3 * channels * inner), channels, inner);
    }
  check_ranges(float_values(random, 7 * 5 * 1027), 5, 1027);  // a block meets several channels
  check_ranges(special_floats(random, 5 * 33), 33, 1);
  check_ranges(special_floats(random, 2 * 3000), 3000, 1);  // too many for shared memory
  check_ranges(special_floats(random, 3 * 2048 * 2 + 1), 2048, 2, 1);
  check_ranges(float_values(random, 90000), 3, 1);
}

TEST_CASE("histograms of any number of bins") {
  Generator random(3);
  for (const size_t bins : {2u, 4u, 64u, 2048u, 32768u, 131072u}) {
    check_histogram(special_floats(random, 5000), bins, 256);
    check_histogram(activations(random, 5001), bins, 2);
  }
  for (const size_t start : {1u, 2u, 3u}) check_histogram(special_floats(random, 1000), 128, 64, start);
}

TEST_CASE("histograms of more values than the blocks take at once, of one value, and of none") {
  Generator random(4);
  check_histogram(float_values(random, 4 * 16384 * 2 + 7), 2048, 4);
  check_histogram(std::vector<float>(70001, -1.25f), 2048, 4);
  check_histogram({0.0f}, 16, 1);
  check_histogram({}, 16, 1);
}

TEST_CASE("values at the borders of bins, and at the limit") {
  std::vector<float> x;
  for (const float limit : {1.0f, 0x1p-100f, 0x1p127f}) {
    for (int i = 0; i <= 64; ++i)
      for (const float value :
           {static_cast<float>(i) / 64 * limit, std::nextafterf(static_cast<float>(i) / 64 * limit, 0),
            std::nextafterf(static_cast<float>(i) / 64 * limit, HUGE_VALF)}) {
        x.push_back(value);
        x.push_back(-value);
      }
    check_histogram(x, 128, limit);
  }
}

TEST_CASE("bins and limits that are no powers of two are refused") {
  OnDevice<uint64_t> results(std::vector<uint64_t>(10, 0));
  for (const size_t bins : {0u, 1u, 3u, 2097152u})
    CHECK(cuda::DeviceHistogram::start(*gpu(), {nullptr, 0}, bins, 1, results.memory()).code == Code::kRange);
  for (const float limit : {0.0f, 3.0f, -1.0f, NAN, HUGE_VALF, 0x1p-101f})
    CHECK(cuda::DeviceHistogram::start(*gpu(), {nullptr, 0}, 8, limit, results.memory()).code == Code::kRange);
}
