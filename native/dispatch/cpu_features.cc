#include "dispatch/cpu_features.h"

#if defined(__x86_64__) || defined(_M_X64)
#ifdef _MSC_VER
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace octavo {
namespace {

#if defined(__x86_64__) || defined(_M_X64)

struct Registers {
  uint32_t eax, ebx, ecx, edx;
};

/// CPUID leaf, all zero when the CPU does not have it.
Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
#ifdef _MSC_VER
  int values[4];
  __cpuid(values, 0);
  if (static_cast<uint32_t>(values[0]) < leaf) return {};
  __cpuidex(values, static_cast<int>(leaf), static_cast<int>(subleaf));
  return {static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[1]), static_cast<uint32_t>(values[2]),
          static_cast<uint32_t>(values[3])};
#else
  Registers r = {};
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
#endif
}

/// The register states that the operating system saves (XCR0).
uint64_t saved_states() {
#ifdef _MSC_VER
  return _xgetbv(0);
#else
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

constexpr bool has(uint32_t value, int bit) { return (value >> bit & 1u) != 0; }

uint32_t detect() {
  const Registers basic = cpuid(1), extended = cpuid(7);
  if (!has(basic.ecx, 27)) return 0;  // no OSXSAVE, no wide registers
  const uint64_t states = saved_states();
  const bool ymm = (states & 0x6) == 0x6, zmm = (states & 0xE6) == 0xE6;
  uint32_t features = 0;
  if (ymm && has(extended.ebx, 5) && has(basic.ecx, 12)) features |= kCpuAvx2;
  if ((features & kCpuAvx2) && extended.eax >= 1 && has(cpuid(7, 1).eax, 4)) features |= kCpuAvxVnni;
  const bool avx512 = has(extended.ebx, 16) && has(extended.ebx, 17) && has(extended.ebx, 30) && has(extended.ebx, 31);
  if (zmm && avx512) features |= kCpuAvx512;
  if (zmm && avx512 && has(extended.ecx, 11)) features |= kCpuAvx512Vnni;
  return features;
}

#elif defined(__aarch64__) || defined(_M_ARM64)

uint32_t detect() { return kCpuNeon; }

#else

uint32_t detect() { return 0; }

#endif

}  // namespace

uint32_t cpu_features() {
  static const uint32_t features = detect();
  return features;
}

}  // namespace octavo
