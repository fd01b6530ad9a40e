// Arrays of the host in memory of a device.
#pragma once

#include <memory>

#include "core/sizes.h"
#include "cuda/transfers.h"

namespace octavo::cuda {

/// Allocates `to` and fills it; nothing for null values. When it returns, the host's values may be changed and freed.
template <typename T>
Status upload_array(const std::shared_ptr<Device>& device, const T* values, size_t count, DeviceMemory* to) {
  if (values == nullptr) return {};
  const size_t bytes = multiply_sizes(count, sizeof(T));
  if (Status status = to->allocate(device, bytes); !status.ok() || bytes == 0) return status;
  return upload(*device, {values, 1, bytes, bytes}, *to);
}

}  // namespace octavo::cuda
