// Where a column lies in panels of vectors, the layout of gemm_f16.h.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/sizes.h"
#include "kernels/gemm_f16/gemm_f16.h"

namespace octavo {

struct PanelPlace {
  size_t offset;      // bytes from the start of all panels to the vector's part of the first step
  size_t step_bytes;  // from one step to the next
  size_t column;      // within the vector
};

inline PanelPlace panel_place(size_t n, size_t j, size_t vector_bytes) {
  const size_t vector = j / kVectorColumns, panel = vector / kPanelVectors * kPanelVectors;
  const size_t width = std::min(kPanelVectors, divide_up(n, kVectorColumns) - panel);
  return {panel * vector_bytes + (vector - panel) * kStepBytes, width * kStepBytes, j % kVectorColumns};
}

}  // namespace octavo
