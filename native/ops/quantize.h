// Quantize and dequantize whole tensors, per tensor and per channel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"

namespace octavo {

/// A tensor of `count` values seen as [outer, channels, inner]; channel c has scale[c] and zero_point[c].
struct ChannelParams {
  const float* scale;
  const int32_t* zero_point;
  size_t channels;
  size_t inner;
};

/// Ok if count is a whole number of [channels, inner] blocks, scales are finite and > 0, zero points in range.
Status check_params(const ChannelParams& params, size_t count, QuantizeRange range);

void quantize(const KernelSet& set, const float* x, uint8_t* q, size_t count, const ChannelParams& params,
              QuantizeRange range);
void dequantize(const KernelSet& set, const uint8_t* q, float* x, size_t count, const ChannelParams& params,
                bool is_signed);

}  // namespace octavo
