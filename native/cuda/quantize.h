// Quantization on a GPU. Everything goes onto the device's stream; addresses are the device's.
#pragma once

#include "cuda/device.h"
#include "cuda/device/quantize_operands.h"

namespace octavo::cuda {

/// Dynamic quantization of each row, the CPU's bytes less 128: int8 from -127 to 127 (kernels/quantize/quantize.h).
/// kRange for more rows than a launch has blocks.
Status quantize_rows(Device& device, const FloatRows& x, const device::Int8Rows& q);

/// The CPU's bytes. `count` is a whole number of [channels, inner] blocks.
Status quantize(Device& device, const device::QuantizeOperands& operands);

/// The CPU's bits, likewise.
Status dequantize(Device& device, const device::DequantizeOperands& operands);

}  // namespace octavo::cuda
