// Panels of weights that kernels decode on their way to float32, and the rows that meet them.
//
// A vector is 16 columns; a panel is 8 vectors side by side, so that a row of memory feeds 8 chains of sums; the last
// panel has as many vectors as are left. A panel is 64-byte aligned steps of a few values of k one after the other,
// a step being 64 bytes of each of its vectors. What a step holds is the operation's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

static constexpr size_t kVectorColumns = 16, kPanelVectors = 8, kPanelColumns = kVectorColumns * kPanelVectors;
/// Bytes that a vector takes of a step.
static constexpr size_t kStepBytes = 64;

/// Few rows times panels whose weights are decoded on the way.
struct PanelStrip {
  size_t rows;  // 1 .. mr
  size_t vectors, k;
  const float* a;
  size_t a_stride;
  const uint8_t* b;  // starts with a panel
  float* c;
  size_t c_stride;
};

/// Weights of some neighbouring vectors of a panel, from the start of a step on.
struct PanelPart {
  const uint8_t* b;   // the first vector's part of the step
  size_t step_bytes;  // from one step to the next: 64 for each vector of the panel
  size_t vectors;
  size_t values;  // of k
};

}  // namespace octavo
