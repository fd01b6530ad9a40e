// What this CPU and operating system can run, as bits.
#pragma once

#include <cstdint>

namespace octavo {

enum CpuFeature : uint32_t {
  kCpuAvx2 = 1u << 0,        // with FMA and F16C, and the system saving ymm registers
  kCpuAvx512 = 1u << 1,      // F, BW, VL, DQ, and the system saving zmm and mask registers
  kCpuAvx512Vnni = 1u << 2,  //
  kCpuNeon = 1u << 3,        // ARMv8-A Advanced SIMD
};

/// Detected once; CPUID is slow in virtual machines.
uint32_t cpu_features();

}  // namespace octavo
