// float16 outputs: the conversion against nearest values found in double, and every kernel set on all kinds of values.
#include <doctest/doctest.h>

#include "core/float_bits.h"
#include "gemm_i8_reference.h"
#include "ops/pack.h"
#include "same_bits.h"
#include "test_options.h"
#include "tested_kernel_sets.h"

using namespace octavo;
using namespace octavo_test;

namespace {

/// All floats that lie on float16 values, on the ties between them, and next to either, of both signs.
std::vector<float> floats_around_float16() {
  std::vector<float> values = {INFINITY, NAN, -NAN, 1e30f, float_of_bits(1), float_of_bits(0x7F800001)};
  const uint32_t step = full_or(1, 31);  // 31 divides the last
  for (uint32_t half = 0; half <= 0x7C00; half += step) {
    const double scale = std::ldexp(1.0, static_cast<int>(std::max(half >> 10, 1u)) - 25);
    const double value = (half >> 10 == 0 ? half : 1024 + half % 1024) * scale;
    for (const double middle : {value, value + scale / 2}) {
      const float center = static_cast<float>(middle);
      for (const float x : {std::nextafter(center, -1.0f), center, std::nextafter(center, INFINITY)})
        values.insert(values.end(), {x, -x});
    }
  }
  return values;
}

/// The outputs of one row without products: the bias, or the residual, as float16.
std::vector<uint16_t> store_with(const KernelSet& set, const std::vector<float>& values, bool as_residual) {
  const size_t n = values.size(), k = 4;
  const std::vector<int8_t> zeros(n * k);
  const std::vector<float> ones(n, 1.0f);
  const std::vector<uint16_t> row(64);
  PackedInt8 packed;
  REQUIRE(pack_int8(set, zeros.data(), {k, n, true}, &packed).ok());
  GemmI8Epilogue epilogue;
  epilogue.row_scale = ones.data();
  epilogue.column_scale = ones.data();
  (as_residual ? epilogue.residual : epilogue.bias) = values.data();
  std::vector<uint16_t> out(n, 0xA5A5);
  set.gemm_i8->run(
      {1, n, k, row.data(), 128, packed.panels.as<int8_t>(), OutputType::kFloat16, out.data(), n, &epilogue, {}});
  return out;
}

}  // namespace

TEST_CASE("float16 values are the nearest, ties to even") {
  CHECK(to_float16(65519.996f) == 0x7BFF);
  CHECK(to_float16(65520.0f) == 0x7C00);
  CHECK(to_float16(-INFINITY) == 0xFC00);
  CHECK(to_float16(-NAN) == 0x7E00);
  CHECK(to_float16(-0.0f) == 0x8000);
  CHECK(to_float16(std::ldexp(1.0f, -25)) == 0);
  CHECK(to_float16(std::ldexp(1.5f, -25)) == 1);
  for (const float x : floats_around_float16()) {
    CAPTURE(x);
    REQUIRE(to_float16(x) == nearest_float16(x));
  }
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += full_or(4999, 199999)) {
    const float x = float_of_bits(static_cast<uint32_t>(bits));
    CAPTURE(x);
    REQUIRE(to_float16(x) == nearest_float16(x));
  }
}

TEST_CASE("float16 outputs of every kernel set are the nearest values") {
  const std::vector<float> values = floats_around_float16();
  for (const KernelSet* set : tested_kernel_sets())
    for (const bool as_residual : {false, true}) {
      CAPTURE(set->name);
      CAPTURE(as_residual);
      const std::vector<uint16_t> out = store_with(*set, values, as_residual);
      for (size_t i = 0; i < values.size(); ++i) {
        CAPTURE(values[i]);
        // A sum of 0 and -0 is 0.
        REQUIRE(out[i] == nearest_float16(values[i] + 0.0f));
      }
    }
}

TEST_CASE("float16 bits give their values") {
  for (uint32_t half = 0; half < 1u << 16; ++half) {
    const uint32_t exponent = half >> 10 & 31, fraction = half % 1024;
    const float value = from_float16(static_cast<uint16_t>(half));
    CAPTURE(half);
    CHECK(std::signbit(value) == (half >= 0x8000));
    if (exponent == 31) {
      REQUIRE((fraction == 0 ? std::isinf(value) : std::isnan(value)));
      continue;
    }
    const double units = exponent == 0 ? fraction : 1024 + fraction;
    REQUIRE(std::fabs(static_cast<double>(value)) ==
            std::ldexp(units, std::max<int>(static_cast<int>(exponent), 1) - 25));
  }
}
