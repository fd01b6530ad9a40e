// Rows of activations on a GPU, brought into the form that int8 kernels read.
#pragma once

#include "cuda/device.h"
#include "kernels/quantize/quantize.h"

namespace octavo::cuda {

/// Rows [m, k] of one type, `stride` elements apart, on a device.
template <typename T>
struct DeviceRows {
  const T* data;
  size_t m, k, stride;
};

/// Bytes in rows that start at multiples of 16, with what is known of them. `data` may be the caller's own memory.
struct StagedRows {
  const uint8_t* data = nullptr;
  size_t stride = 0;
  bool is_signed = false;
  const float* scales = nullptr;  // [m], of rows quantized dynamically
  const int32_t* sums = nullptr;  // [m], of the bytes; null unless asked for
  DeviceMemory memory;
};

/// Quantized row by row to -127 .. 127.
Status stage_dynamic(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, bool with_sums,
                     StagedRows* staged);
/// Quantized with one scale and zero point.
Status stage_static(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, const UniformParams& params,
                    bool with_sums, StagedRows* staged);
/// Bytes as they are: copied only where they do not lie well already, or where their sums are asked for.
Status stage_bytes(const std::shared_ptr<Device>& device, const DeviceRows<uint8_t>& x, bool is_signed, bool with_sums,
                   StagedRows* staged);
/// to [m, k] contiguous, each value divided by its column's.
Status divide_columns(Device& device, const DeviceRows<float>& x, const float* scale, float* to);
/// Floats in rows that start at multiples of 16 bytes, in memory of their own; zeros from k to the next such multiple.
Status align_rows(const std::shared_ptr<Device>& device, const DeviceRows<float>& x, DeviceMemory* memory,
                  DeviceRows<float>* aligned);

}  // namespace octavo::cuda
