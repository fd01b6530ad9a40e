// The arguments of the kernel that scales sums: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::device {

/// y[m, n] = float16(float(sums[m, n]) * row_scale[m] * column_scale[n]), rows n apart.
struct ScaleSums {
  const int32_t* sums;
  uint16_t* y;
  const float *row_scale, *column_scale;
  size_t m, n;
};

struct ScaleSumsTile {
  static constexpr int kThreads = 256, kEach = 8, kColumns = kThreads * kEach, kRows = 16;
};

}  // namespace octavo::device
