// The definition of quantization, one value at a time; vector kernels finish their tails with it.
#pragma once

#include <cfloat>
#include <cmath>
#include <cstring>

#include "core/anywhere.h"
#include "kernels/quantize/quantize.h"

namespace octavo {
namespace {

OCTAVO_ANYWHERE inline uint8_t quantize_value(float x, float scale, int32_t zero_point, QuantizeRange range) {
  const float low = static_cast<float>(range.low - zero_point), high = static_cast<float>(range.high - zero_point);
  float v = x / scale;
  if (v != v) v = 0.0f;
  v = v > low ? v : low;
  v = v < high ? v : high;
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyintf(v)) + zero_point);
}

/// max(absmax, |x|) over finite x.
OCTAVO_ANYWHERE inline float absmax_value(float absmax, float x) {
  const float magnitude = std::fabs(x);
  return magnitude <= FLT_MAX && magnitude > absmax ? magnitude : absmax;
}

/// The bits of infinity: those of a larger magnitude are NaN, those of a smaller one finite and in order.
constexpr uint32_t kInfinityBits = 0x7F800000;

OCTAVO_ANYWHERE inline float row_inverse(float absmax) {
  if (absmax == 0.0f) return 0.0f;
  const float inverse = 127.0f / absmax;
  return inverse < FLT_MAX ? inverse : FLT_MAX;
}

/// What a kernel keeps of one row.
struct RowResult {
  float absmax;
  uint32_t sum;
};

OCTAVO_ANYWHERE inline uint8_t quantize_row_value(float x, float inverse) {
  float v = x * inverse;
  if (v != v) v = 0.0f;
  v = v > -127.0f ? v : -127.0f;
  v = v < 127.0f ? v : 127.0f;
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyintf(v)) + 128);
}

/// Keeps the result of row r, and ends its last line with zeros.
inline void finish_row(const FloatRows& x, const QuantizedRows& q, size_t r, RowResult result) {
  constexpr size_t kLineBytes = 64;
  if (const size_t used = x.count % kLineBytes; used != 0)
    std::memset(q.first + r * q.stride_bytes + x.count, 0, kLineBytes - used);
  q.scales[r] = result.absmax / 127.0f;
  q.sums[r] = static_cast<int32_t>(q.sum_start + result.sum);
}

}  // namespace
}  // namespace octavo
