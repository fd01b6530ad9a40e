// Arrays quantized and dequantized by the GPU are bit for bit those of the CPU's definition.
#include "cuda/quantize.h"

#include <cfloat>
#include <vector>

#include "gpu.h"
#include "kernels/dequantize/dequantize.h"
#include "kernels/quantize/quantize.h"
#include "random_values.h"
#include "same_bits.h"

namespace {

using namespace octavo;
using namespace octavo_test;

constexpr QuantizeRange kInt8 = {-128, 127}, kUint8 = {0, 255};

struct Params {
  std::vector<float> scale;
  std::vector<int32_t> zero_point;
  size_t inner;

  size_t channels() const { return scale.size(); }
  size_t channel_of(size_t i) const { return i / inner % channels(); }
};

Params random_params(Generator& random, size_t channels, size_t inner, QuantizeRange range) {
  Params params{float_values(random, channels, 0.01f, 3), int_values(random, channels, range.low, range.high), inner};
  return params;
}

struct DeviceParams {
  explicit DeviceParams(const Params& p) : scale(p.scale), zero_point(p.zero_point) {
    view = {scale.data(), zero_point.data(), p.channels(), p.inner};
    if (p.channels() == 1) view = {nullptr, nullptr, 1, p.inner, p.scale[0], p.zero_point[0]};
  }
  OnDevice<float> scale;
  OnDevice<int32_t> zero_point;
  device::ChannelScales view;
};

/// `start`: the first value's place in its memory, and a byte's in its own.
void check_quantized(const std::vector<float>& x, const Params& p, QuantizeRange range, size_t start = 0) {
  const size_t count = x.size() - start;
  std::vector<uint8_t> want(x.size(), 0x55);
  for (size_t i = 0; i < count; ++i)
    kQuantizeScalar.uniform(&x[start + i], &want[start + i], 1,
                            {p.scale[p.channel_of(i)], p.zero_point[p.channel_of(i)], range});
  const OnDevice<float> values(x);
  const OnDevice<uint8_t> q(std::vector<uint8_t>(x.size(), 0x55));
  const DeviceParams params(p);
  require_ok(cuda::quantize(*gpu(), {values.data() + start, q.data() + start, count, params.view, range}));
  INFO(count, " values, ", p.channels(), " channels, inner ", p.inner, ", start ", start);
  check_same(q.values().data(), want.data(), want.size());
}

void check_dequantized(const std::vector<uint8_t>& q, const Params& p, bool is_signed, size_t start = 0) {
  const size_t count = q.size() - start;
  std::vector<float> want(q.size(), 7);
  for (size_t i = 0; i < count; ++i)
    kDequantizeScalar.uniform(&q[start + i], &want[start + i], 1,
                              {p.scale[p.channel_of(i)], p.zero_point[p.channel_of(i)], is_signed});
  const OnDevice<uint8_t> bytes(q);
  const OnDevice<float> x(std::vector<float>(q.size(), 7));
  const DeviceParams params(p);
  require_ok(cuda::dequantize(*gpu(), {bytes.data() + start, x.data() + start, count, params.view, is_signed}));
  INFO(count, " values, ", p.channels(), " channels, inner ", p.inner, ", start ", start);
  check_same(x.values().data(), want.data(), want.size());
}

void check_both(Generator& random, size_t outer, size_t channels, size_t inner, size_t start = 0) {
  const size_t count = outer * channels * inner + start;
  for (const QuantizeRange range : {kInt8, kUint8}) {
    const Params p = random_params(random, channels, inner, range);
    check_quantized(special_floats(random, count), p, range, start);
    std::vector<uint8_t> q(count);
    for (auto& byte : q) byte = static_cast<uint8_t>(random());
    check_dequantized(q, p, range.low < 0, start);
  }
}

/// Values whose quotients by `scale` lie around the middles of integers, and around the ends of the bytes' range.
std::vector<float> critical_values(float scale) {
  std::vector<float> x;
  for (int i = 0; i <= 257; ++i) {
    float value = (static_cast<float>(i) + 0.5f) * scale;
    for (int step = 0; step < 3; ++step) value = std::nextafterf(value, 0);
    for (int step = 0; step < 6; ++step, value = std::nextafterf(value, FLT_MAX))
      for (const float sign : {1.0f, -1.0f}) x.push_back(sign * value);
  }
  return x;
}

}  // namespace

TEST_CASE("arrays with one scale, of any length, from any start") {
  Generator random(1);
  for (const size_t count : {1u, 3u, 4u, 5u, 127u, 4096u, 4097u, 9001u}) check_both(random, 1, 1, count);
  for (const size_t start : {1u, 2u, 3u}) check_both(random, 1, 1, 501, start);
}

TEST_CASE("channels with long runs") {
  Generator random(2);
  check_both(random, 2, 3, 1024);
  check_both(random, 1, 3, 4097);
  check_both(random, 2, 2, 4094);
  check_both(random, 1, 2, 1025, 1);
}

TEST_CASE("channels with short runs, and columns") {
  Generator random(3);
  for (const size_t channels : {2u, 3u, 5u, 8u, 33u})
    for (const size_t inner : {1u, 2u, 7u, 12u}) check_both(random, 5, channels, inner);
  check_both(random, 3, 1030, 1);
  check_both(random, 700, 3, 1);
  check_both(random, 300, 8, 16);
  check_both(random, 9, 6, 5, 1);
}

TEST_CASE("quotients next to the middle of two integers") {
  Generator random(4);
  for (const float scale : {1.0f, 0.1f, 1 / 3.0f, 1.9999999f, 1.0000001f, 0x1.fffffep79f, 0x1.000002p-80f, 0x1p80f})
    for (const QuantizeRange range : {kInt8, kUint8})
      for (const int32_t zero : {range.low, range.high, range.low + 77})
        check_quantized(critical_values(scale), {{scale}, {zero}, 1}, range);
  for (int i = 0; i < 100; ++i) {
    const float scale = float_values(random, 1, i % 2 == 0 ? 1e-3f : 1.8f, 2)[0];
    check_quantized(critical_values(scale), {{scale}, {0}, 1}, kInt8);
  }
}

TEST_CASE("scales of all sizes, and values of all bits") {
  Generator random(5);
  std::vector<float> x(3000);
  for (float& value : x) {
    const uint32_t bits = static_cast<uint32_t>(random());
    std::memcpy(&value, &bits, sizeof value);
  }
  for (const float scale : {FLT_TRUE_MIN, FLT_MIN, 1e-30f, 1e-10f, 1.0f, 1e10f, 1e30f, FLT_MAX})
    for (const QuantizeRange range : {kInt8, kUint8}) check_quantized(x, {{scale}, {range.high}, 1}, range);
}

TEST_CASE("no values") {
  require_ok(cuda::quantize(*gpu(), {nullptr, nullptr, 0, {nullptr, nullptr, 3, 2}, kInt8}));
  require_ok(cuda::dequantize(*gpu(), {nullptr, nullptr, 0, {nullptr, nullptr, 0, 0}, true}));
}
