// Quantization and dequantization of every kernel set against the scalar definition, and that against plain formulas.
#include <doctest/doctest.h>

#include "core/sizes.h"
#include "dispatch/dispatch.h"
#include "guarded_buffer.h"
#include "ops/quantize.h"
#include "quantize_row.h"
#include "random_values.h"
#include "same_bits.h"

using namespace octavo;
using namespace octavo_test;

namespace {

constexpr QuantizeRange kRanges[] = {{-128, 127}, {0, 255}, {-127, 127}};

/// ONNX QuantizeLinear in double, rounded once to float32 for the quotient.
uint8_t expected_byte(float x, float scale, int32_t zero_point, QuantizeRange range) {
  const float quotient = x / scale;
  if (std::isnan(quotient)) return static_cast<uint8_t>(zero_point);
  const double rounded = std::nearbyint(static_cast<double>(quotient)) + zero_point;
  return static_cast<uint8_t>(static_cast<int32_t>(std::fmin(std::fmax(rounded, range.low), range.high)));
}

struct Memory {
  GuardedBuffer x{4096}, q{4096}, scale{4096}, zero{4096};
};

}  // namespace

TEST_CASE("the scalar definition is ONNX QuantizeLinear and DequantizeLinear") {
  Generator random(1);
  for (const QuantizeRange range : kRanges)
    for (int round = 0; round < 200; ++round) {
      const float x = special_floats(random, 1)[0], scale = float_values(random, 1, 1e-3f, 3)[0];
      const int32_t zero = int_values(random, 1, range.low, range.high)[0];
      uint8_t q = 0;
      kQuantizeScalar.uniform(&x, &q, 1, {scale, zero, range});
      CHECK(q == expected_byte(x, scale, zero, range));
      float back = 0;
      kDequantizeScalar.uniform(&q, &back, 1, {scale, zero, range.low < 0});
      const int32_t value = range.low < 0 ? static_cast<int8_t>(q) : q;
      CHECK(same_bits(back, static_cast<float>(value - zero) * scale));
    }
}

TEST_CASE("quantize gives the scalar bytes on every kernel set and touches nothing else") {
  Memory memory;
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 70; ++count) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      const QuantizeRange range = kRanges[count % std::size(kRanges)];
      const Side side = count % 2 ? Side::kStart : Side::kEnd;
      const std::vector<float> values = special_floats(random, count),
                               scales = float_values(random, count + 1, 1e-3f, 3);
      const std::vector<int32_t> zeros = int_values(random, count + 1, range.low, range.high);
      const float* x = memory.x.place(values, side);
      const float* scale = memory.scale.place(std::vector<float>(scales.begin() + 1, scales.end()), side);
      const int32_t* zero = memory.zero.place(std::vector<int32_t>(zeros.begin() + 1, zeros.end()), side);
      uint8_t* q = memory.q.place<uint8_t>(count, side);
      std::vector<uint8_t> expected(count);
      set->quantize->uniform(x, q, count, {scales[0], zeros[0], range});
      kQuantizeScalar.uniform(x, expected.data(), count, {scales[0], zeros[0], range});
      check_same(q, expected.data(), count);
      set->quantize->columns(x, q, 1, {scale, zero, count, range});
      kQuantizeScalar.columns(x, expected.data(), 1, {scale, zero, count, range});
      check_same(q, expected.data(), count);
    }
}

namespace {

/// Ordinary values, special ones, a row that is 0 or almost, one with the largest finite value.
std::vector<float> row_values(Generator& random, size_t count, int kind) {
  std::vector<float> values = kind == 1 ? special_floats(random, count) : float_values(random, count);
  if (kind == 2) std::fill(values.begin(), values.end(), count % 2 ? -1e-44f : -0.0f);
  if (kind == 3 && count > 0) values[random() % count] = -std::numeric_limits<float>::max();
  return values;
}

/// Quantizes three rows and returns everything that was written, whole lines included.
struct RowsResult {
  std::vector<uint8_t> bytes;
  float scales[3] = {};
  int32_t sums[3] = {};

  RowsResult(const QuantizeKernel& kernel, const FloatRows& x, GuardedBuffer& memory, Side side) {
    const size_t row_bytes = round_up(x.count, 64), stride = row_bytes + 64;
    const size_t length = strided_length(3, row_bytes, stride);
    uint8_t* q = memory.place(std::vector<uint8_t>(length, 0x55), side);
    kernel.rows(x, {q, stride, scales, sums, 0u - 128u * static_cast<uint32_t>(x.count)});
    bytes.assign(q, q + length);
  }
};

}  // namespace

TEST_CASE("dynamic rows give the scalar bytes, scales and sums on every kernel set") {
  GuardedBuffer x_memory(8192), q_memory(4096);
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 270; ++count)
      for (const int kind : {0, 1, 2, 3}) {
        CAPTURE(set->name);
        CAPTURE(count);
        CAPTURE(kind);
        Generator random(static_cast<uint32_t>(count));
        const Side side = count % 2 ? Side::kStart : Side::kEnd;
        const size_t stride = count + count % 3;
        const float* first = x_memory.place(row_values(random, strided_length(3, count, stride), kind), side);
        const FloatRows x = {first, stride, 3, count};
        const RowsResult result(*set->quantize, x, q_memory, side), expected(kQuantizeScalar, x, q_memory, side);
        check_same(result.scales, expected.scales, 3);
        check_same(result.sums, expected.sums, 3);
        REQUIRE(result.bytes == expected.bytes);
      }
}

TEST_CASE("a dynamic row rounds ties to even on every kernel set") {
  std::vector<float> x(256);  // with absmax 127, q is x rounded
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) - 127.5f;
  x[0] = -127, x[255] = 127;
  for (const KernelSet* set : available_kernel_sets()) {
    std::vector<uint8_t> q(x.size());
    quantize_row(*set->quantize, x.data(), x.size(), q.data());
    for (size_t i = 0; i < x.size(); ++i) REQUIRE(q[i] == static_cast<int>(std::nearbyint(x[i])) + 128);
  }
}

TEST_CASE("a dynamic row reaches 127 at its largest value and gives 128 for NaN") {
  const float x[] = {-2.0f, 1.0f, NAN, INFINITY, -INFINITY};
  uint8_t q[5];
  const QuantizedRow row = quantize_row(kQuantizeScalar, x, 5, q);
  CHECK(row.scale == 2.0f / 127.0f);
  CHECK(row.sum == 1 + 192 + 128 + 255 + 1);
  CHECK(q[0] == 1);
  CHECK(q[1] == 128 + 64);  // 63.5 rounds to even
  CHECK(q[2] == 128);
  CHECK(q[3] == 255);
  CHECK(q[4] == 1);
}

TEST_CASE("dequantize gives the scalar floats on every kernel set") {
  Memory memory;
  for (const KernelSet* set : available_kernel_sets())
    for (size_t count = 0; count <= 200; ++count)
      for (const bool is_signed : {false, true}) {
        CAPTURE(set->name);
        CAPTURE(count);
        CAPTURE(is_signed);
        Generator random(static_cast<uint32_t>(count));
        const Side side = count % 2 ? Side::kStart : Side::kEnd;
        const std::vector<int32_t> bytes = int_values(random, count, 0, 255),
                                   zeros = int_values(random, count, -128, 127);
        const std::vector<float> scales = float_values(random, count, 1e-3f, 3);
        const uint8_t* q = memory.q.place(std::vector<uint8_t>(bytes.begin(), bytes.end()), side);
        const float* scale = memory.scale.place(scales, side);
        const int32_t* zero = memory.zero.place(zeros, side);
        float* x = memory.x.place<float>(count, side);
        std::vector<float> expected(count);
        set->dequantize->uniform(q, x, count, {0.37f, 5, is_signed});
        kDequantizeScalar.uniform(q, expected.data(), count, {0.37f, 5, is_signed});
        check_same(x, expected.data(), count);
        set->dequantize->uniform(q, x, count, {0.37f, 5, is_signed, true});
        check_same(x, expected.data(), count);
        set->dequantize->columns(q, x, 1, {scale, zero, count, is_signed});
        kDequantizeScalar.columns(q, expected.data(), 1, {scale, zero, count, is_signed});
        check_same(x, expected.data(), count);
      }
}

TEST_CASE("channels along any axis, and large tensors in pieces") {
  const KernelSet& set = *available_kernel_sets().front();
  Generator random(3);
  for (const size_t inner : {1u, 5u, 70000u}) {
    const size_t channels = 3, count = 4 * channels * inner;
    const std::vector<float> x = float_values(random, count), scale = float_values(random, channels, 0.01f, 1);
    const std::vector<int32_t> zero = int_values(random, channels, -128, 127);
    const ChannelParams params = {scale.data(), zero.data(), channels, inner};
    REQUIRE(check_params(params, count, kRanges[0]).ok());
    std::vector<uint8_t> q(count);
    quantize(set, x.data(), q.data(), count, params, kRanges[0]);
    for (size_t i = 0; i < count; ++i) {
      const size_t c = i / inner % channels;
      REQUIRE(q[i] == expected_byte(x[i], scale[c], zero[c], kRanges[0]));
    }
  }
}

TEST_CASE("channels along the last axis of a long tensor, wherever it begins") {
  Generator random(5);
  for (const KernelSet* set : available_kernel_sets())
    for (const size_t channels : {2u, 3u, 16u, 100u, 511u, 700u})
      for (const size_t shift : {0u, 1u, 7u}) {
        CAPTURE(set->name);
        CAPTURE(channels);
        CAPTURE(shift);
        const size_t rows = 5000 / channels + 30, count = rows * channels;
        const std::vector<float> x = float_values(random, count + shift),
                                 scale = float_values(random, channels, 0.01f, 1);
        const std::vector<int32_t> zero = int_values(random, channels, -128, 127);
        const ChannelParams params = {scale.data(), zero.data(), channels, 1};
        std::vector<uint8_t> q(count), expected(count);
        quantize(*set, x.data() + shift, q.data(), count, params, kRanges[0]);
        kQuantizeScalar.columns(x.data() + shift, expected.data(), rows,
                                {scale.data(), zero.data(), channels, kRanges[0]});
        check_same(q.data(), expected.data(), count);
        std::vector<float> back(count + shift), expected_back(count);
        dequantize(*set, q.data(), back.data() + shift, count, params, true);
        kDequantizeScalar.columns(q.data(), expected_back.data(), rows, {scale.data(), zero.data(), channels, true});
        check_same(back.data() + shift, expected_back.data(), count);
      }
}

TEST_CASE("tensors without values are quantized to nothing, whatever their channels") {
  const KernelSet& set = *available_kernel_sets().front();
  const float scale[] = {1, 1};
  const int32_t zero[] = {0, 0};
  uint8_t q = 9;
  float x = 9;
  for (const size_t channels : {1u, 2u})
    for (const size_t inner : {0u, 1u, 3u}) {
      REQUIRE(check_params({scale, zero, channels, inner}, 0, kRanges[0]).ok());
      quantize(set, &x, &q, 0, {scale, zero, channels, inner}, kRanges[0]);
      dequantize(set, &q, &x, 0, {scale, zero, channels, inner}, true);
    }
  CHECK(q == 9);
  CHECK(x == 9);
}

TEST_CASE("parameters that cannot be right are refused") {
  const float scale[] = {1, 0, NAN, INFINITY, -1};
  const int32_t zero[] = {0, 128};
  CHECK(check_params({scale, zero, 1, 2}, 4, kRanges[0]).ok());
  CHECK(check_params({scale, zero, 1, 3}, 4, kRanges[0]).code == Code::kShape);
  CHECK(check_params({scale, zero, 0, 3}, 4, kRanges[0]).code == Code::kShape);
  CHECK(check_params({scale, zero, 1, SIZE_MAX}, 4, kRanges[0]).code == Code::kShape);
  CHECK(check_params({scale, zero + 1, 1, 1}, 4, kRanges[0]).code == Code::kRange);
  for (size_t i = 1; i < 5; ++i) CHECK(check_params({scale + i, zero, 1, 1}, 4, kRanges[0]).code == Code::kRange);
}
