// The parts of a sketch that the GPU finds are those of a sketch that the CPU has made of the same values.
#include "cuda/sketch.h"

#include <cfloat>
#include <cstring>
#include <vector>

#include "dispatch/dispatch.h"
#include "gpu.h"
#include "ops/sketch.h"
#include "random_values.h"
#include "same_bits.h"

namespace {

using namespace octavo;
using namespace octavo_test;

void check_sketch(const std::vector<float>& x, size_t bins = 64, size_t start = 0) {
  const size_t count = x.size() - start;
  INFO(count, " values, ", bins, " bins, start ", start);
  std::vector<uint64_t> words(SketchWords::kHead + bins);
  require_ok(observe_sketch(*available_kernel_sets().back(), {x.data() + start, count, 1, 1}, {words.data(), 1, bins}));
  SketchHead want;
  std::memcpy(&want, words.data(), sizeof want);

  const OnDevice<float> values(x);
  OnDevice<uint64_t> results(std::vector<uint64_t>(cuda::DeviceSketch::bytes_for(bins) / 8, 99));
  require_ok(cuda::DeviceSketch::start(*gpu(), {values.data() + start, count}, bins, results.memory()));
  const std::vector<uint64_t> on_host = results.values();
  const cuda::SketchParts got = cuda::DeviceSketch::read(on_host.data());
  CHECK(got.nan_count == want.nan_count);
  CHECK(got.infinity_count == want.infinity_count);
  const bool has_finite = want.count > want.nan_count + want.infinity_count;
  CHECK(same_bits(got.min, has_finite ? want.min : HUGE_VALF));
  CHECK(same_bits(got.max, has_finite ? want.max : -HUGE_VALF));
  CHECK(got.width == want.width);
  check_same(got.sums.sum, want.sums.sum, ExactSums::kSumLimbs);
  check_same(got.sums.squares, want.sums.squares, ExactSums::kSquareLimbs);
  check_same(got.counts, words.data() + SketchWords::kHead, bins);
}

/// Of all exponents alike.
std::vector<float> values_of_all_sizes(Generator& random, size_t count) {
  std::vector<float> x(count);
  for (float& value : x) {
    const auto bits = static_cast<uint32_t>(random());
    std::memcpy(&value, &bits, sizeof value);
  }
  return x;
}

}  // namespace

TEST_CASE("sketches of arrays of any length, from any start, with anything among their values") {
  Generator random(1);
  for (const size_t count : {0u, 1u, 3u, 255u, 4097u}) check_sketch(special_floats(random, count));
  for (const size_t start : {1u, 2u, 3u}) check_sketch(special_floats(random, 700), 64, start);
  check_sketch(float_values(random, 60001), 2048);
  check_sketch(special_floats(random, 3000), 65536 * 2);
}

TEST_CASE("sums of values of all sizes are exact") {
  Generator random(2);
  check_sketch(values_of_all_sizes(random, 3000));
  check_sketch(std::vector<float>(2000, FLT_MAX));
  check_sketch(std::vector<float>(2000, -FLT_MAX));
  check_sketch(std::vector<float>(2000, -FLT_TRUE_MIN));
  std::vector<float> alternating(2001, 3e38f);
  for (size_t i = 0; i < alternating.size(); i += 2) alternating[i] = -1e-40f;
  check_sketch(alternating);
  for (int shift = 0; shift < 34; ++shift)  // both ends of a window, and beyond
    check_sketch({1.9999999f, -std::ldexp(1.9999999f, -shift), std::ldexp(1.0f, shift)});
}

TEST_CASE("histograms of sketches are on the smallest range that holds the values") {
  for (const int exponent : {-149, -140, -110, -101, -100, -99, 0, 126, 127})
    for (const size_t bins : {2u, 16u, 4096u}) {
      std::vector<float> x(300, std::ldexp(-1.0f, exponent));
      for (size_t i = 0; i < 100; ++i) x[i] = std::ldexp(static_cast<float>(i) / 128, exponent);
      check_sketch(x, bins);
    }
  check_sketch(std::vector<float>(50, 0.0f));
  check_sketch(std::vector<float>(50, -0.0f));
  check_sketch(std::vector<float>(50, NAN));
  check_sketch({HUGE_VALF, NAN, 0.0f});
}
