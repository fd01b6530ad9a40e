// int32 sums of a product to float16, by a kernel of their own.
#pragma once

#include "cuda/device.h"
#include "cuda/device/scale_sums_operands.h"

namespace octavo::cuda {

/// y[m, n] = float16(float(sums) * row_scale[m] * column_scale[n]) on the device's stream, the bytes that gemm_i8 with
/// a float16 output gives. kRange beyond 2^31 pieces of 16 rows or 65,535 of 2,048 columns.
Status scale_sums(Device& device, const device::ScaleSums& operands);

}  // namespace octavo::cuda
