// Random 4-bit weights in groups, and their product with a row in plain loops, written apart from the kernels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/fused_multiply_add.h"
#include "core/sizes.h"
#include "ops/pack_int4.h"
#include "random_values.h"

namespace octavo_test {

struct Int4Shape {
  size_t n, k, group;  // group 0: the whole of k
  Pattern pattern;
  bool with_zeros;
};

struct Int4Weights {
  Int4Shape shape;
  size_t group, groups;
  std::vector<int32_t> values;  // [n, k], 0 .. 15
  std::vector<uint8_t> nibbles;
  std::vector<float> scales;  // [n, groups]
  std::vector<int8_t> zeros;  // [n, groups]

  Int4Weights(Generator& random, const Int4Shape& given)
      : shape(given),
        group(given.group == 0 || given.group > given.k ? std::max<size_t>(given.k, 1) : given.group),
        groups(octavo::divide_up(given.k, group)) {
    values = shape.pattern == Pattern::kAlmostSaturating ? int_values(random, shape.n * shape.k, 0, 15)
                                                         : byte_values(random, shape.n * shape.k, shape.pattern, 0, 15);
    nibbles.assign(octavo::divide_up(values.size(), 2), 0);
    for (size_t i = 0; i < values.size(); ++i)
      nibbles[i / 2] = static_cast<uint8_t>(nibbles[i / 2] | values[i] << i % 2 * 4);
    scales = float_values(random, shape.n * groups, -0.01f, 1.0f);
    for (const int32_t zero : int_values(random, shape.with_zeros ? scales.size() : 0, 0, 15))
      zeros.push_back(static_cast<int8_t>(zero));
  }

  octavo::Int4Source source() const {
    return {shape.k, shape.n, shape.group,   nibbles.data(),
            shape.k, false,   scales.data(), shape.with_zeros ? zeros.data() : nullptr};
  }

  /// What a row of integers gives with column j, before its own scale.
  float sum(const int32_t* a, size_t j) const {
    float f = 0;
    for (size_t g = 0; g < groups; ++g) {
      const int32_t zero = shape.with_zeros ? zeros[j * groups + g] : 8;
      int64_t acc = 0;
      for (size_t p = g * group; p < shape.k && p < (g + 1) * group; ++p)
        acc += static_cast<int64_t>(a[p]) * (values[j * shape.k + p] - zero);
      f = octavo::fused_multiply_add(static_cast<float>(acc), scales[j * groups + g], f);
    }
    return f;
  }
};

}  // namespace octavo_test
