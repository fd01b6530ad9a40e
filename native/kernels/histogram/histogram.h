// Histogram of float32 data by magnitude on [-limit, limit], limit a power of two: `2 * half_bins` counters, bins half
// open by magnitude. Value x falls into bin floor(|x| * half_bins / limit) of its sign's half; the positive half starts
// at counter half_bins and goes up, the negative half starts at half_bins - 1 and goes down; +0 and -0 count as
// positive. half_bins is a power of two too, so that the product with `bins_per_unit` = half_bins / limit is exact.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct Histogram {
  float bins_per_unit;
  uint32_t half_bins;
  uint64_t* counts;       // [2 * half_bins]
  uint64_t beyond_limit;  // |x| >= limit, infinities included
  uint64_t nan_count;
};

struct HistogramKernel {
  void (*add)(const float* x, size_t count, Histogram* histogram);
};

extern const HistogramKernel kHistogramScalar, kHistogramAvx2, kHistogramAvx512vnni, kHistogramNeon;

}  // namespace octavo
