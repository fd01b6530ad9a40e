// The arguments of quantization kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quantize/quantize.h"

namespace octavo::device {

/// Where rows of int8 go, with what is known of each: addresses and `stride` are multiples of 16, and a row's bytes
/// from its values on up to a multiple of 16 become 0.
struct Int8Rows {
  int8_t* q;
  size_t stride;
  float* scales;  // [rows]
  int32_t* sums;  // [rows]: the sum of the row's values; null for none
};

/// `count` values seen as [outer, channels, inner]; channel c has scale[c], finite and > 0, and zero_point[c], within
/// the type's range.
struct ChannelScales {
  const float* scale;
  const int32_t* zero_point;
  size_t channels, inner;
  // Of the one channel, where `scale` is null.
  float one_scale = 1;
  int32_t one_zero_point = 0;
};

struct QuantizeOperands {
  const float* x;
  uint8_t* q;
  size_t count;
  ChannelScales params;
  QuantizeRange range;
};

struct DequantizeOperands {
  const uint8_t* q;
  float* x;
  size_t count;
  ChannelScales params;
  bool is_signed;
};

}  // namespace octavo::device
