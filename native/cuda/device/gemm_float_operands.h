// The arguments and the shape of float GEMM kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/words.h"

namespace octavo::device {

/// x [m, k] of float32 and W [n, k] of floats: rows x_stride values and w_stride bytes apart; addresses and strides are
/// multiples of 16 bytes, and rows can be read up to such a multiple.
struct GemmFloatOperands {
  const float* x;
  const uint8_t* w;
  size_t m, n, k, x_stride, w_stride;
};

struct GemmFloatTile {
  static constexpr int kThreads = 128, kColumns = 64;
  static constexpr int kResident = 3;    // blocks of a multiprocessor: leaves the registers that the chains need
  static constexpr int kStepChunks = 8;  // of 16 bytes, of each row of W in a step
  /// One more than a step has: neighbouring rows start in different banks.
  static constexpr int kRowChunks = kStepChunks + 1;
};

/// One step of a block of kRows rows of x: values of W in kStepChunks chunks, kPerChunk values each.
template <int kRows, int kPerChunk>
struct GemmFloatStage {
  Words4 w[GemmFloatTile::kColumns][GemmFloatTile::kRowChunks];
  Floats4 x[kRows][GemmFloatTile::kStepChunks * kPerChunk / 4];
};

template <int kRows>
struct GemmFloatRing {
  static constexpr int kStages = kRows == 1 ? 4 : 3;
};

}  // namespace octavo::device
