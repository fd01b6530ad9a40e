// Random weights as codes of a table and as 16-bit floats, and their products in plain loops, written apart from the
// kernels.
#pragma once

#include <numeric>
#include <vector>

#include "core/float_bits.h"
#include "core/fused_multiply_add.h"
#include "core/sizes.h"
#include "ops/pack_f16.h"
#include "ops/pack_lut4.h"
#include "random_values.h"

namespace octavo_test {

struct Lut4Weights {
  size_t n, k, block;
  std::vector<uint8_t> values, codes;  // one a byte; two a byte, the first in the high half
  std::vector<float> table, absmax;

  Lut4Weights(Generator& random, size_t rows, size_t columns, size_t block_size)
      : n(rows), k(columns), block(block_size) {
    for (const int32_t value : int_values(random, n * k, 0, 15)) values.push_back(static_cast<uint8_t>(value));
    codes.assign(octavo::divide_up(values.size(), 2), 0);
    for (size_t i = 0; i < values.size(); ++i)
      codes[i / 2] = static_cast<uint8_t>(codes[i / 2] | values[i] << (i % 2 == 0 ? 4 : 0));
    table = float_values(random, 16, -1, 1);
    absmax = float_values(random, octavo::divide_up(values.size(), block), -0.01f, 1);
  }

  octavo::Lut4Source source() const { return {k, n, block, codes.data(), table.data(), absmax.data()}; }
  float at(size_t j, size_t p) const {
    const volatile float value = table[values[j * k + p]] * absmax[(j * k + p) / block];
    return value;
  }

  /// A row times column j.
  float sum(const float* a, size_t j) const {
    const size_t group = std::gcd(k, block);
    float f = 0;
    for (size_t g = 0; g < k; g += group) {
      float acc = 0;
      for (size_t p = g; p < g + group; ++p) acc = octavo::fused_multiply_add(a[p], table[values[j * k + p]], acc);
      f = octavo::fused_multiply_add(acc, absmax[(j * k + g) / block], f);
    }
    return f;
  }
};

/// Any bits, NaN and infinities among them where asked for.
struct F16Weights {
  size_t n, k;
  octavo::HalfType type;
  std::vector<uint16_t> bits;  // [n, k]

  F16Weights(Generator& random, size_t rows, size_t columns, octavo::HalfType half, bool finite = true)
      : n(rows), k(columns), type(half) {
    const uint16_t exponent = type == octavo::HalfType::kFloat16 ? 0x7C00 : 0x7F80;
    for (size_t i = 0; i < n * k; ++i) {
      auto value = static_cast<uint16_t>(random());
      if (finite && type == octavo::HalfType::kBfloat16) value = static_cast<uint16_t>((value & 0x83FF) | 0x3C00);
      if (finite && (value & exponent) == exponent) value = static_cast<uint16_t>(value ^ exponent);
      bits.push_back(value);
    }
  }

  float at(size_t j, size_t p) const {
    const uint16_t value = bits[j * k + p];
    return type == octavo::HalfType::kFloat16 ? octavo::from_float16(value)
                                              : octavo::float_of_bits(static_cast<uint32_t>(value) << 16);
  }
  float sum(const float* a, size_t j) const {
    float f = 0;
    for (size_t p = 0; p < k; ++p) f = octavo::fused_multiply_add(a[p], at(j, p), f);
    return f;
  }
};

}  // namespace octavo_test
