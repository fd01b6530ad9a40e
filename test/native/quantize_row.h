// One row through the dynamic quantizer, which takes several and ends their last lines.
#pragma once

#include <cstring>
#include <vector>

#include "kernels/quantize/quantize.h"

namespace octavo_test {

struct QuantizedRow {
  float scale;
  uint32_t sum;
};

inline QuantizedRow quantize_row(const octavo::QuantizeKernel& kernel, const float* x, size_t count, uint8_t* q) {
  struct alignas(64) Line {
    uint8_t bytes[64];
  };
  std::vector<Line> lines(count / sizeof(Line) + 1);
  QuantizedRow row;
  int32_t sum = 0;
  kernel.rows({x, count, 1, count}, {lines[0].bytes, 0, &row.scale, &sum, 0});
  row.sum = static_cast<uint32_t>(sum);
  std::memcpy(q, lines[0].bytes, count);
  return row;
}

}  // namespace octavo_test
