// Measures the machine: instruction peak of the active set, and memory traffic.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace octavo {

enum class PeakKind { kInt8, kFloat32 };

/// Operations per second of register-only runs that go on for about `milliseconds` (at least one run).
double measure_peak(const KernelSet& set, PeakKind kind, double milliseconds);

/// Reads `bytes` bytes `repeats` times; the result depends on all of them.
uint64_t read_repeatedly(const KernelSet& set, const uint8_t* source, size_t bytes, size_t repeats);

}  // namespace octavo
