// The launch that shares an array's values among a GPU's threads.
#pragma once

#include "cuda/device.h"
#include "cuda/device/value_plan.h"

namespace octavo::cuda {

struct ValueGrid {
  bool is_runs = true;
  unsigned blocks = 1;
  device::ValuePlan plan;
};

/// For `count` > 0 values, a whole number of [channels, inner] blocks. kRange for more than a launch can have.
Status plan_values(const Device& device, size_t count, size_t channels, size_t inner, ValueGrid* grid);

}  // namespace octavo::cuda
