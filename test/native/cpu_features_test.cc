// What the systems say of an ARMv8-A CPU, and which features that makes.
#include "dispatch/cpu_features.h"

#include <doctest/doctest.h>

#include <cstring>

using namespace octavo;

namespace {

constexpr uint32_t kBoth = kCpuNeon | kCpuDotProduct | kCpuInt8Matrix;

}  // namespace

TEST_CASE("Linux: dot product is bit 20 of the first word, int8 matrices bit 13 of the second") {
  CHECK(features_of_hwcaps(0, 0) == kCpuNeon);
  CHECK(features_of_hwcaps(1u << 20, 0) == (kCpuNeon | kCpuDotProduct));
  CHECK(features_of_hwcaps(0, 1u << 13) == (kCpuNeon | kCpuInt8Matrix));
  CHECK(features_of_hwcaps(1u << 13, 1u << 20) == kCpuNeon);
  CHECK(features_of_hwcaps(~(uint64_t{1} << 20), ~(uint64_t{1} << 13)) == kCpuNeon);
  CHECK(features_of_hwcaps(UINT64_MAX, UINT64_MAX) == kBoth);
  CHECK(features_of_hwcaps(0xFF, 0) == kCpuNeon);                         // Cortex-A72
  CHECK(features_of_hwcaps(0x100FFF, 0) == (kCpuNeon | kCpuDotProduct));  // Neoverse N1
}

TEST_CASE("macOS: one name for each") {
  CHECK(features_of_sysctl([](const char*) { return false; }) == kCpuNeon);
  CHECK(features_of_sysctl([](const char*) { return true; }) == kBoth);
  CHECK(features_of_sysctl([](const char* name) { return std::strcmp(name, "hw.optional.arm.FEAT_DotProd") == 0; }) ==
        (kCpuNeon | kCpuDotProduct));
  CHECK(features_of_sysctl([](const char* name) { return std::strcmp(name, "hw.optional.arm.FEAT_I8MM") == 0; }) ==
        (kCpuNeon | kCpuInt8Matrix));
}

TEST_CASE("Windows: one number for each") {
  CHECK(features_of_windows([](uint32_t) { return false; }) == kCpuNeon);
  CHECK(features_of_windows([](uint32_t) { return true; }) == kBoth);
  CHECK(features_of_windows([](uint32_t feature) { return feature == 43; }) == (kCpuNeon | kCpuDotProduct));
  CHECK(features_of_windows([](uint32_t feature) { return feature == 66; }) == (kCpuNeon | kCpuInt8Matrix));
}
