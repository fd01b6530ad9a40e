// Loops that measure the machine itself: the instruction of the set's GEMM on registers alone, and plain memory
// traffic.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct PeakKernel {
  /// Runs `iterations` rounds on registers and returns the operations done (a multiply-add counts as two).
  double (*int8)(size_t iterations);
  double (*float32)(size_t iterations);
  /// Reads `bytes` (a multiple of 64, 64-byte aligned or not) and returns a value that depends on all of them.
  uint64_t (*read)(const uint8_t* source, size_t bytes);
};

extern const PeakKernel kPeakScalar, kPeakAvx2, kPeakAvxvnni, kPeakAvx512vnni, kPeakAmx, kPeakNeon, kPeakNeondot,
    kPeakNeoni8mm;

}  // namespace octavo
