// Rows quantized by the GPU are those of the CPU's definition, less 128.
#include "cuda/quantize.h"

#include <vector>

#include "gpu.h"
#include "random_values.h"
#include "same_bits.h"

namespace {

using namespace octavo;
using namespace octavo_test;

constexpr int8_t kUntouched = 0x55;

struct Rows {
  size_t rows, count, stride, start;  // the first value's place in its memory
};

struct Result {
  std::vector<int8_t> q;
  std::vector<float> scales;
  std::vector<int32_t> sums;
};

size_t stride_of(size_t count) { return (count + 15) / 16 * 16 + 16; }

Result expected(const std::vector<float>& x, const Rows& shape) {
  const size_t stride = stride_of(shape.count), line = (shape.count + 63) / 64 * 64;
  Result result{std::vector<int8_t>(shape.rows * stride, kUntouched), std::vector<float>(shape.rows),
                std::vector<int32_t>(shape.rows)};
  std::vector<uint8_t> bytes(shape.rows * line + 64);
  kQuantizeScalar.rows({x.data() + shape.start, shape.stride, shape.rows, shape.count},
                       {bytes.data(), line, result.scales.data(), result.sums.data(), 0});
  for (size_t r = 0; r < shape.rows; ++r) {
    result.sums[r] -= static_cast<int32_t>(128 * shape.count);
    for (size_t i = 0; i < stride - 16; ++i)
      result.q[r * stride + i] = i < shape.count ? static_cast<int8_t>(bytes[r * line + i] - 128) : int8_t{0};
  }
  return result;
}

Result computed(const std::vector<float>& x, const Rows& shape, bool with_sums) {
  const size_t stride = stride_of(shape.count);
  const OnDevice<float> values(x), scales(std::vector<float>(shape.rows, -1));
  const OnDevice<int8_t> q(std::vector<int8_t>(shape.rows * stride, kUntouched));
  const OnDevice<int32_t> sums(std::vector<int32_t>(shape.rows, 0));
  require_ok(cuda::quantize_rows(*gpu(), {values.data() + shape.start, shape.stride, shape.rows, shape.count},
                                 {q.data(), stride, scales.data(), with_sums ? sums.data() : nullptr}));
  return {q.values(), scales.values(), sums.values()};
}

void check_rows(const std::vector<float>& x, const Rows& shape, bool with_sums = true) {
  INFO(shape.rows, " rows of ", shape.count, ", stride ", shape.stride, ", start ", shape.start);
  const Result want = expected(x, shape), got = computed(x, shape, with_sums);
  CHECK(got.q == want.q);
  check_same(got.scales.data(), want.scales.data(), shape.rows);
  CHECK(got.sums == (with_sums ? want.sums : std::vector<int32_t>(shape.rows, 0)));
}

size_t values_of(const Rows& shape) { return shape.start + (shape.rows - 1) * shape.stride + shape.count; }

}  // namespace

TEST_CASE("rows of all lengths, from warps' to more than a block keeps") {
  Generator random(1);
  for (const size_t count : {1u, 3u, 15u, 16u, 17u, 63u, 511u, 512u, 513u, 1000u, 4096u, 4099u, 16384u, 20003u}) {
    const Rows shape{count < 1000 ? 11u : 2u, count, count, 0};
    check_rows(float_values(random, values_of(shape)), shape);
    check_rows(special_floats(random, values_of(shape)), shape);
  }
}

TEST_CASE("rows that start anywhere, with gaps between them") {
  Generator random(2);
  for (const size_t start : {0u, 1u, 2u, 3u})
    for (const size_t count : {5u, 64u, 700u}) {
      const Rows shape{9, count, count + start, start};
      check_rows(special_floats(random, values_of(shape)), shape);
    }
}

TEST_CASE("rows of zeros, of values that are not finite, of subnormal and of huge ones; no sums; no values") {
  Generator random(3);
  const Rows shape{1, 40, 40, 0};
  check_rows(std::vector<float>(40, 0.0f), shape);
  check_rows(std::vector<float>(40, -0.0f), shape);
  check_rows(std::vector<float>(40, HUGE_VALF), shape);
  check_rows(std::vector<float>(40, NAN), shape);
  for (const float size : {1e-45f, 3e-44f, 1e-39f, 1e-37f, 3e38f}) {
    check_rows(float_values(random, 40, -size, size), shape);
    check_rows(float_values(random, 40, -size, size), shape, false);
  }
  check_rows({1.0f}, {1, 0, 0, 0});
  require_ok(cuda::quantize_rows(*gpu(), {nullptr, 4, 0, 4}, {nullptr, 16, nullptr, nullptr}));
}

TEST_CASE("values next to the middle of two bytes go to the even one as the definition says") {
  // With a largest value of 127 the inverse is 1.
  std::vector<float> x = {127.0f};
  for (int i = 0; i < 127; ++i)
    for (const float value : {i + 0.5f, std::nextafterf(i + 0.5f, 0), std::nextafterf(i + 0.5f, 200)}) {
      x.push_back(value);
      x.push_back(-value);
    }
  check_rows(x, {1, x.size(), x.size(), 0});
}
