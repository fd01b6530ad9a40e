// What this CPU and operating system can run, as bits.
#pragma once

#include <cstdint>

namespace octavo {

enum CpuFeature : uint32_t {
  kCpuAvx2 = 1u << 0,        // with FMA, and the system saving ymm registers
  kCpuAvxVnni = 1u << 1,     // the 256-bit form, VEX encoded
  kCpuAvx512 = 1u << 2,      // F, BW, VL, DQ, and the system saving zmm and mask registers
  kCpuAvx512Vnni = 1u << 3,  // the 512-bit form
  kCpuNeon = 1u << 4,        // ARMv8-A Advanced SIMD
  kCpuAmxInt8 = 1u << 5,  // tiles of 16 x 64 bytes and int8 products of them, and the system's permission to use them
  kCpuDotProduct = 1u << 6,  // FEAT_DotProd: SDOT and UDOT
  kCpuInt8Matrix = 1u << 7,  // FEAT_I8MM: SMMLA, USMMLA, USDOT
};

/// Detected once; CPUID is slow in virtual machines.
uint32_t cpu_features();

/// What an x86 CPU and its system say of themselves.
struct X86Report {
  struct Registers {
    uint32_t eax, ebx, ecx, edx;
  };
  Registers basic, extended, extended1, tiles;  // CPUID leaves 1; 7; 7, subleaf 1; 0x1D, subleaf 1; 0 where missing
  uint64_t saved_states;                        // XCR0: the register states that the system saves
  bool (*permit_tiles)();  // asks the system for the use of tiles; called if all else speaks for it
};

uint32_t features_of(const X86Report& report);

// What the systems say of an ARMv8-A CPU; each takes the system's own question, so that any answer can be given.

/// Linux: the auxiliary vector's entries AT_HWCAP and AT_HWCAP2.
uint32_t features_of_hwcaps(uint64_t hwcap, uint64_t hwcap2);

/// macOS: whether sysctl knows `name` and its value is not 0. Names that a system does not know yet say nothing.
uint32_t features_of_sysctl(bool (*is_set)(const char* name));

/// Windows: IsProcessorFeaturePresent.
uint32_t features_of_windows(bool (*is_present)(uint32_t feature));

}  // namespace octavo
