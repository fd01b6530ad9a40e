// Deviations: every kernel set against the scalar definition, the driver against plain sums over the same pieces.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "guarded_buffer.h"
#include "ops/deviation.h"
#include "random_values.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

bool same(const Deviation& a, const Deviation& b) {
  const auto bits = [](double value) {
    uint64_t found;
    std::memcpy(&found, &value, sizeof found);
    return found;
  };
  return bits(a.error_squares) == bits(b.error_squares) && bits(a.x_squares) == bits(b.x_squares) &&
         bits(a.y_squares) == bits(b.y_squares) && bits(a.products) == bits(b.products) &&
         bits(a.largest) == bits(b.largest) && a.clipped == b.clipped;
}

/// Values whose sums depend on the order of the additions.
std::vector<float> uneven_values(Generator& random, size_t count) {
  std::vector<float> values = float_values(random, count);
  for (float& value : values) value *= std::ldexp(1.0f, static_cast<int>(random() % 40));
  return values;
}

}  // namespace

TEST_CASE("deviations are the scalar ones, bit for bit") {
  GuardedBuffer memory_x(8192), memory_y(8192);
  for (const KernelSet* set : tested_kernel_sets())
    for (size_t count = 0; count <= 1100; count += count < 40 ? 1 : 97) {
      CAPTURE(set->name);
      CAPTURE(count);
      Generator random(static_cast<uint32_t>(count));
      const Side side = count % 2 ? Side::kStart : Side::kEnd;
      const float* x = memory_x.place(uneven_values(random, count), side);
      const float* y = memory_y.place(uneven_values(random, count), side);
      const DeviationBounds bounds = {-1e6, 2.5e5};
      CHECK(same(set->deviation->measure(x, y, count, bounds), kDeviationScalar.measure(x, y, count, bounds)));
    }
}

TEST_CASE("the channels of a tensor are measured in pieces of 1,024 of their values, wherever these lie") {
  for (const KernelSet* set : tested_kernel_sets())
    for (const size_t channels : {1u, 2u, 5u})
      for (const size_t inner : {1u, 7u, 300u})
        for (const size_t outer : {1u, 40u, 500u}) {
          CAPTURE(set->name);
          const size_t count = outer * channels * inner;
          Generator random(static_cast<uint32_t>(count));
          std::vector<float> x = uneven_values(random, count), y = uneven_values(random, count);
          x[count / 3] = NAN, y[count / 2] = INFINITY;
          std::vector<float> scale(channels, 2.0f);
          std::vector<int32_t> zero(channels, 1);
          std::vector<ChannelDeviation> found(channels);
          const ChannelParams params = {scale.data(), zero.data(), channels, inner};
          REQUIRE(measure_deviations(*set, {x.data(), y.data(), count, channels, inner}, params, {-8, 7}, found.data())
                      .ok());
          for (size_t c = 0; c < channels; ++c) {
            std::vector<float> own_x, own_y;
            for (size_t i = 0; i < count; ++i)
              if (i / inner % channels == c) own_x.push_back(x[i]), own_y.push_back(y[i]);
            Deviation expected = {};
            uint64_t left_out = 0;
            for (size_t at = 0; at < own_x.size(); at += 1024) {
              std::vector<float> piece_x, piece_y;
              for (size_t i = at; i < std::min(at + 1024, own_x.size()); ++i)
                if (std::isfinite(own_x[i]) && std::isfinite(own_y[i]))
                  piece_x.push_back(own_x[i]), piece_y.push_back(own_y[i]);
                else
                  ++left_out;
              const Deviation piece =
                  kDeviationScalar.measure(piece_x.data(), piece_y.data(), piece_x.size(), {-19, 13});
              expected = {expected.error_squares + piece.error_squares, expected.x_squares + piece.x_squares,
                          expected.y_squares + piece.y_squares,         expected.products + piece.products,
                          std::max(expected.largest, piece.largest),    expected.clipped + piece.clipped};
            }
            CHECK(same(found[c].sums, expected));
            CHECK(found[c].left_out == left_out);
          }
        }
}

TEST_CASE("sizes and parameters that do not fit are refused") {
  const float x[6] = {}, scale[2] = {1, 1};
  const int32_t zero[2] = {};
  ChannelDeviation found[3];
  const KernelSet& set = *available_kernel_sets().front();
  const auto code = [&](size_t count, size_t channels, size_t inner, size_t scales) {
    return measure_deviations(set, {x, x, count, channels, inner}, {scale, zero, scales, inner}, {-8, 7}, found).code;
  };
  CHECK(code(6, 2, 3, 2) == Code::kOk);
  CHECK(code(6, 3, 1, 1) == Code::kOk);
  CHECK(code(0, 2, 0, 2) == Code::kOk);
  CHECK(code(6, 3, 1, 2) == Code::kShape);
  CHECK(code(6, 2, 2, 2) == Code::kShape);
  CHECK(code(6, 2, 0, 2) == Code::kShape);
}
