#include "dispatch/cpu_features.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(_WIN32)
#include <windows.h>
#endif
#endif

namespace octavo {
namespace {

using Registers = X86Report::Registers;

constexpr bool has(uint32_t value, int bit) { return (value >> bit & 1u) != 0; }

constexpr uint64_t kYmmStates = 0x6, kZmmStates = 0xE6, kTileStates = 0x60000;

/// True if palette 1 is that of the first CPUs with tiles: eight of them, 16 rows of 64 bytes.
bool has_whole_tiles(const Registers& tiles) {
  return tiles.ebx >> 16 >= 8 && (tiles.ebx & 0xFFFF) == 64 && (tiles.ecx & 0xFFFF) == 16;
}

/// Advanced SIMD belongs to every ARMv8-A that these systems run on.
uint32_t arm_features(bool dot_product, bool int8_matrix) {
  return kCpuNeon | (dot_product ? kCpuDotProduct : 0u) | (int8_matrix ? kCpuInt8Matrix : 0u);
}

#if defined(__x86_64__) || defined(_M_X64)

/// CPUID leaf, all zero when the CPU does not have it.
Registers cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  Registers r = {};
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

uint64_t saved_states() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

/// Linux gives a process the large state of tiles only when it asks, for all of its threads; elsewhere they are not
/// used.
bool permit_tiles() {
#ifdef __linux__
  constexpr long kGetPermissions = 0x1022, kRequestPermission = 0x1023, kTileData = 18;  // arch_prctl's
  uint64_t permitted = 0;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0 &&
         syscall(SYS_arch_prctl, kGetPermissions, &permitted) == 0 && (permitted >> kTileData & 1) != 0;
#else
  return false;
#endif
}

uint32_t detect() {
  X86Report report = {cpuid(1), cpuid(7), {}, {}, 0, permit_tiles};
  if (report.extended.eax >= 1) report.extended1 = cpuid(7, 1);
  if (has(report.extended.edx, 24)) report.tiles = cpuid(0x1D, 1);
  if (has(report.basic.ecx, 27)) report.saved_states = saved_states();
  return features_of(report);
}

#elif defined(__aarch64__) || defined(_M_ARM64)

#if defined(__linux__)

uint32_t detect() { return features_of_hwcaps(getauxval(AT_HWCAP), getauxval(AT_HWCAP2)); }

#elif defined(__APPLE__)

uint32_t detect() {
  return features_of_sysctl([](const char* name) {
    int value = 0;
    size_t bytes = sizeof value;
    return sysctlbyname(name, &value, &bytes, nullptr, 0) == 0 && bytes == sizeof value && value != 0;
  });
}

#elif defined(_WIN32)

uint32_t detect() {
  return features_of_windows([](uint32_t feature) { return IsProcessorFeaturePresent(feature) != 0; });
}

#else

uint32_t detect() { return kCpuNeon; }

#endif

#else

uint32_t detect() { return 0; }

#endif

}  // namespace

uint32_t features_of(const X86Report& r) {
  if (!has(r.basic.ecx, 27)) return 0;  // no OSXSAVE, no wide registers
  const auto saves = [&](uint64_t states) { return (r.saved_states & states) == states; };
  uint32_t features = 0;
  // Kernels for AVX2 use fma and float16 conversion too; every CPU with the one has the others, an emulator may not.
  const bool conversions = has(r.basic.ecx, 12) && has(r.basic.ecx, 29);
  if (saves(kYmmStates) && has(r.extended.ebx, 5) && conversions) features |= kCpuAvx2;
  if ((features & kCpuAvx2) && r.extended.eax >= 1 && has(r.extended1.eax, 4)) features |= kCpuAvxVnni;
  const bool avx512 = saves(kZmmStates) && has(r.extended.ebx, 16) && has(r.extended.ebx, 17) &&
                      has(r.extended.ebx, 30) && has(r.extended.ebx, 31);
  if (avx512) features |= kCpuAvx512;
  if (avx512 && has(r.extended.ecx, 11)) features |= kCpuAvx512Vnni;
  const bool amx = has(r.extended.edx, 24) && has(r.extended.edx, 25) && has_whole_tiles(r.tiles);
  if (saves(kTileStates) && amx && r.permit_tiles()) features |= kCpuAmxInt8;
  return features;
}

uint32_t features_of_hwcaps(uint64_t hwcap, uint64_t hwcap2) {
  constexpr int kAsimdDp = 20, kI8mm = 13;  // HWCAP_ASIMDDP, HWCAP2_I8MM: not in the headers of older systems
  return arm_features((hwcap >> kAsimdDp & 1) != 0, (hwcap2 >> kI8mm & 1) != 0);
}

uint32_t features_of_sysctl(bool (*is_set)(const char* name)) {
  return arm_features(is_set("hw.optional.arm.FEAT_DotProd"), is_set("hw.optional.arm.FEAT_I8MM"));
}

uint32_t features_of_windows(bool (*is_present)(uint32_t feature)) {
  constexpr uint32_t kDotProduct = 43, kInt8Matrix = 66;  // PF_ARM_V82_{DP,I8MM}_INSTRUCTIONS_AVAILABLE
  return arm_features(is_present(kDotProduct), is_present(kInt8Matrix));
}

uint32_t cpu_features() {
  static const uint32_t features = detect();
  return features;
}

}  // namespace octavo
