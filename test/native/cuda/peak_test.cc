// The kernels that benchmarks take a GPU's limits from do all of what they are timed for: their sums say so.
#include "cuda/peak.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "gpu.h"
#include "random_values.h"

using namespace octavo_test;
using namespace octavo::cuda;

namespace {

int8_t mixed_byte(uint32_t word, size_t byte) {
  word *= 0x9E3779B1u;
  word ^= word >> 15;
  word *= 0x85EBCA77u;
  return static_cast<int8_t>(word >> byte * 8);
}

/// Of all elements of A [m, k] B [k, n]: for each of k, the sum of A's column times that of B's row.
template <typename A, typename B>
uint32_t sum_of_product(size_t m, size_t n, size_t k, const A& a, const B& b) {
  uint32_t sum = 0;
  for (size_t p = 0; p < k; ++p) {
    int32_t left = 0, right = 0;
    for (size_t r = 0; r < m; ++r) left += a(r, p);
    for (size_t j = 0; j < n; ++j) right += b(p, j);
    sum += static_cast<uint32_t>(left * right);
  }
  return sum;
}

/// One matrix of a warp's eight, by what each lane holds of it.
uint32_t sum_of_warp_product(uint32_t matrix) {
  const auto a = [](size_t r, size_t p) {
    const auto lane = static_cast<uint32_t>(r % 8 * 4 + p % 16 / 4), word = static_cast<uint32_t>(r / 8 + p / 16 * 2);
    return mixed_byte(lane + 32 * word, p % 4);
  };
  const auto b = [matrix](size_t p, size_t j) {
    const auto lane = static_cast<uint32_t>(j * 4 + p % 16 / 4);
    return mixed_byte(128 + lane + 32 * (2 * matrix + static_cast<uint32_t>(p / 16)), p % 4);
  };
  return sum_of_product(16, 8, 32, a, b);
}

uint32_t sum_after(bool wgmma, size_t repeats, double* operations) {
  const OnDevice<uint32_t> sink(std::vector<uint32_t>{0});
  require_ok(run_mma(*gpu(), wgmma, repeats, sink.data(), operations));
  return sink.values()[0];
}

}  // namespace

TEST_CASE("a copy brings every byte and no more") {
  Generator random(1);
  for (const size_t bytes : {0, 1, 15, 16, 17, 4095, 70001}) {
    std::vector<uint8_t> values(bytes);
    for (auto& value : values) value = static_cast<uint8_t>(random());
    const OnDevice<uint8_t> from(values), to(std::vector<uint8_t>(bytes + 16, 0x5A));
    require_ok(copy_bytes(*gpu(), to.data(), from.data(), bytes));
    values.resize(bytes + 16, 0x5A);
    CHECK(to.values() == values);
  }
}

TEST_CASE("a reading kernel reads every word") {
  Generator random(2);
  for (const size_t words : {0, 4, 1024, 70004}) {
    std::vector<uint32_t> values(words);
    for (auto& value : values) value = static_cast<uint32_t>(random());
    const OnDevice<uint32_t> from(values), sink(std::vector<uint32_t>{7});
    require_ok(read_bytes(*gpu(), from.data(), words * 4, sink.data()));
    CHECK(sink.values()[0] == std::accumulate(values.begin(), values.end(), 7u));
  }
}

TEST_CASE("products from registers are all computed, as often as asked for") {
  double operations = 0;
  uint32_t expected = 0;
  for (uint32_t matrix = 0; matrix < 8; ++matrix) expected += sum_of_warp_product(matrix);
  for (const size_t repeats : {0, 1, 3}) {
    const uint32_t sum = sum_after(false, repeats, &operations);
    const auto products = static_cast<uint32_t>(operations / (8 * 2.0 * 16 * 8 * 32));
    CHECK(products == repeats * static_cast<unsigned>(gpu()->info().multiprocessors) * 16);
    CHECK(sum == products * expected);
  }
}

TEST_CASE("products from shared memory are all computed, or refused") {
  double operations = 0;
  if (gpu()->info().major != 9 || gpu()->info().minor != 0) {
    CHECK(run_mma(*gpu(), true, 1, nullptr, &operations).code == octavo::Code::kUnsupported);
    return;
  }
  const auto byte = [](uint32_t first, size_t row, size_t p) {
    return mixed_byte(first + static_cast<uint32_t>(row * 32 + p / 4), p % 4);
  };
  const uint32_t expected = sum_of_product(
      64, 256, 128, [&](size_t r, size_t p) { return byte(0, r, p); },
      [&](size_t p, size_t j) { return byte(1 << 16, j, p); });
  const uint32_t sum = sum_after(true, 2, &operations);
  CHECK(sum == static_cast<uint32_t>(operations / (2.0 * 64 * 256 * 128)) * expected);
}

TEST_CASE("a GPU is held for at least as long as asked for") { require_ok(hold(*gpu(), 1000)); }
